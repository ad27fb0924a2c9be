import { readOperationState } from './operation-state.ts';

const answer = (inner: string, root = 'OperationStateResponse'): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<${root} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://merchant.roboxchange.com/WebService/">${inner}</${root}>`;

const COMPLETE =
  '<Result><Code>0</Code></Result><State><Code>100</Code><RequestDate>2026-06-22T10:00:00.1234567+03:00</RequestDate></State>' +
  '<Info><IncCurrLabel>BankCardPSR</IncCurrLabel><IncSum>51.500000</IncSum><PaymentMethod><Code>BankCard</Code></PaymentMethod>' +
  '<OutCurrLabel>RUB</OutCurrLabel><OutSum>50.500000</OutSum><OpKey>KEY-1</OpKey></Info>';

const READ = {
  resultCode: '0',
  description: null,
  stateCode: '100',
  outSum: '50.500000',
  outCurrLabel: 'RUB',
  opKey: 'KEY-1',
};

describe('an answer of OpStateExt', () => {
  it('is read as the texts that are in it', () => {
    expect(readOperationState(answer(COMPLETE))).toEqual(READ);
  });

  it('is read the same with prefixes', () => {
    const prefixed = COMPLETE.replaceAll('<', '<r:').replaceAll('<r:/', '</r:');
    const text = `<r:OperationStateResponse xmlns:r="http://auth.robokassa.ru/Merchant/WebService/">${prefixed}</r:OperationStateResponse>`;
    expect(readOperationState(text)).toEqual(READ);
  });

  it('that refuses has only a result', () => {
    const text = answer('<Result><Code>3</Code><Description>a &amp; b</Description></Result>');
    expect(readOperationState(text)).toEqual({
      resultCode: '3',
      description: 'a &amp; b',
      stateCode: null,
      outSum: null,
      outCurrLabel: null,
      opKey: null,
    });
  });

  it('keeps the letters of a number: 0100 is no 100', () => {
    const text = answer(COMPLETE.replace('>100<', '>0100<').replace('50.500000', '5e1'));
    expect(readOperationState(text)).toMatchObject({ stateCode: '0100', outSum: '5e1' });
  });

  it('has no text where one stands twice', () => {
    const text = answer(COMPLETE.replace('<OutSum>', '<OutSum>1.000000</OutSum><OutSum>'));
    expect(readOperationState(text)).toMatchObject({ outSum: null, opKey: 'KEY-1' });
  });

  it.each([
    ['two results', answer('<Result><Code>0</Code></Result><Result><Code>3</Code></Result>')],
    ['no result', answer('<State><Code>100</Code></State>')],
    ['a result without a code', answer('<Result><Description>x</Description></Result>')],
    ['another root', answer(COMPLETE, 'OperationStateRequest')],
    ['half a document', answer(COMPLETE).slice(0, 200)],
    [
      'names to resolve',
      answer(COMPLETE)
        .replace('\n', '\n<!DOCTYPE x [<!ENTITY sum "99999.00">]>\n')
        .replace('50.500000', '&sum;'),
    ],
    ['a gateway page', '<html><head><title>502 Bad Gateway</title></head><body><hr></body></html>'],
    ['JSON', '{"Result":{"Code":0}}'],
    ['nothing', ''],
  ])('with %s is none', (_what, text) => {
    expect(readOperationState(text)).toBeNull();
  });
});
