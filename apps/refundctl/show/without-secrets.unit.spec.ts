import { withoutSecrets } from './without-secrets.ts';

describe('a report that is printed as JSON', () => {
  it('shows everything but the number by which a provider is asked', () => {
    const refund = {
      refundId: 'rf_1',
      providerRefundId: 'rk_1',
      handle: '68cd7fa6-1338-4745-ba5c-28d16cbcdb3d',
    };
    const printed = JSON.stringify(withoutSecrets({ refund, calls: [] } as { refund: typeof refund }));
    expect(JSON.parse(printed)).toEqual({
      refund: { refundId: 'rf_1', providerRefundId: 'rk_1' },
      calls: [],
    });
  });
});
