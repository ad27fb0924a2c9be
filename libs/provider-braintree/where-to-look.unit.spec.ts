import type { SoughtRefund } from '#libs/provider-kit';
import { whereToLook } from './where-to-look.ts';

const sought: SoughtRefund = {
  refundId: 'rf_1',
  paymentId: 'tx1',
  action: 'refund',
  amount: '10.50',
  currency: 'USD',
  references: ['rr_1', 'rr_2'],
  options: {},
  calledAtMs: 0,
  providerRefundId: null,
};

describe('where a person looks for a refund at Braintree', () => {
  it('is the search by order id, then the payment', () => {
    expect(whereToLook(sought)).toEqual([
      'search transactions by order id rr_1 or rr_2, type credit',
      'Control Panel, transactions: open tx1 and its refunds',
      'does one show 10.50 USD, and is it settled, voided, declined or failed?',
    ]);
  });

  it("says that the caller's own order id proves nothing", () => {
    expect(whereToLook({ ...sought, options: { orderId: 'o-1' } })).toContain(
      'search transactions by order id o-1, type credit: the caller chose it, so others may have it too; who made each, and when?',
    );
  });

  it('is the refund itself where it is known, and the payment where that was to be voided', () => {
    const known = { ...sought, providerRefundId: 'tx2', references: [], amount: null };
    expect(whereToLook(known)).toEqual([
      'Control Panel, transactions: open tx2',
      'Control Panel, transactions: open tx1 and its refunds',
      'compare its amount with the request',
    ]);
    expect(whereToLook({ ...sought, action: 'void' })).toEqual([
      'Control Panel, transactions: open tx1; is its status voided, and who voided it?',
    ]);
  });
});
