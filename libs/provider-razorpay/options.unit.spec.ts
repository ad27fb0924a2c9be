import { attemptReference } from '#libs/provider-kit';
import { checkOptions, checkPaymentId } from './options.ts';

function notes(pairs: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: pairs }, (_unused, at) => [`key ${String(at)}`, 'value']));
}

describe("a caller's options", () => {
  it.each([
    [{}],
    [{ speed: 'normal' }],
    [{ speed: 'optimum', receipt: 'Receipt No. 31', notes: { 'Beam me up': 'Scotty' } }],
    [{ receipt: 'x'.repeat(40), notes: notes(13) }],
    [{ notes: notes(14) }],
  ])('are accepted: %#', (options) => {
    expect(checkOptions(options)).toEqual([]);
  });

  it.each([
    ['speed', { speed: 'instant' }],
    ['receipt', { receipt: 'x'.repeat(41) }],
    ['receipt', { receipt: '' }],
    ['receipt', { receipt: 'line\nbreak' }],
    ['receipt', { receipt: 31 }],
    ['notes', { notes: notes(15) }],
    ['notes', { notes: notes(14), receipt: 'mine' }],
    ['notes', { notes: { count: 1 } }],
    ['notes', { notes: ['a'] }],
    ['notes', { notes: { '': 'x' } }],
    ['notes', { notes: { key: 'x'.repeat(257) } }],
    ['notes', { notes: { ['k'.repeat(256)]: 'x' } }],
  ])('are refused for %s: %#', (field, options) => {
    const faults = checkOptions(options).map((fault) => `${fault.code} ${fault.field}`);
    expect(new Set(faults)).toEqual(new Set([`OPTIONS_INVALID ${field}`]));
  });

  it('cannot set what we tell our refunds by', () => {
    expect(checkOptions({ notes: { refundry_id: 'rf_other' } })).toMatchObject([{ field: 'notes' }]);
    expect(checkOptions({ receipt: attemptReference('rf_other', 1) })).toMatchObject([{ field: 'receipt' }]);
  });

  it('cannot have a name that is no option', () => {
    expect(checkOptions({ sped: 'normal' })).toMatchObject([{ code: 'OPTIONS_INVALID', field: 'sped' }]);
  });
});

describe("a payment's id", () => {
  it.each([
    ['pay_29QQoUBi66xm2f', 0],
    ['29QQoUBi66xm2f', 1],
    ['pay_', 1],
    ['pay_a/refund', 1],
    ['order_1', 1],
  ])('%s has %i faults', (paymentId, faults) => {
    expect(checkPaymentId(paymentId)).toHaveLength(faults);
  });
});
