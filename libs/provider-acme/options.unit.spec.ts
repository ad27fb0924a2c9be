import { checkOptions, checkPaymentId } from './options.ts';

describe("a caller's options", () => {
  it.each([[{}], [{ description: 'Two shirts' }]])('are accepted: %j', (options) => {
    expect(checkOptions(options)).toEqual([]);
  });

  it.each([
    ['description', { description: '' }],
    ['description', { description: 'x'.repeat(101) }],
    ['description', { description: 'line\nbreak' }],
    ['descripton', { descripton: 'Two shirts' }],
  ])('are refused for %s: %j', (field, options) => {
    const faults = checkOptions(options).map((fault) => `${fault.code} ${fault.field}`);
    expect(new Set(faults)).toEqual(new Set([`OPTIONS_INVALID ${field}`]));
  });
});

describe("a payment's id", () => {
  it.each([
    ['pay_29QQoUBi66xm2f', 0],
    ['29QQoUBi66xm2f', 1],
    ['pay_', 1],
    ['pay_a/refunds', 1],
  ])('%s has %i faults', (paymentId, faults) => {
    expect(checkPaymentId(paymentId)).toHaveLength(faults);
  });
});
