import type { SoughtRefund } from '#libs/provider-kit';
import { whereToLook } from './where-to-look.ts';

const sought: SoughtRefund = {
  refundId: 'rf_1',
  paymentId: 'pay_1',
  action: 'refund',
  amount: '10.50',
  currency: 'INR',
  references: ['rr_1', 'rr_2'],
  options: {},
  calledAtMs: 0,
  providerRefundId: null,
};

describe('where a person looks for a refund at Razorpay', () => {
  it('is the payment, by our note and every reference of ours', () => {
    expect(whereToLook(sought)).toEqual([
      'dashboard, payments: open pay_1 and its refunds',
      'is there one with the note refundry_id rf_1, receipt or note refundry_reference rr_1 or rr_2?',
      'does it show 10.50 INR, and is it processed, pending or failed?',
    ]);
  });

  it('is the refund itself where it is known; a refund that was never sent has no reference', () => {
    const places = whereToLook({ ...sought, providerRefundId: 'rfnd_1', amount: null, references: [] });
    expect(places).toEqual([
      'dashboard, refunds: open rfnd_1',
      'dashboard, payments: open pay_1 and its refunds',
      'is there one with the note refundry_id rf_1?',
      'compare its amount with the request',
    ]);
  });
});
