import { maskedCall } from './masking.ts';
import type { LoggedCall } from './request-log.ts';

const call = (more: Partial<LoggedCall>): LoggedCall => ({
  provider: 'robokassa',
  operation: 'create',
  atMs: 0,
  startedMs: 0,
  method: 'POST',
  url: '/',
  headers: {},
  body: '',
  status: 200,
  fault: null,
  durationMs: 1,
  ...more,
});

describe('a logged call made public', () => {
  it.each([
    [
      '/x?MerchantLogin=demo&Signature=9975D0A9&InvoiceID=1',
      '/x?MerchantLogin=demo&Signature=***&InvoiceID=1',
    ],
    ['/x?id=1', '/x?id=1'],
    ['/RefundService/Refund/GetState?id=1c5e&x=2', '/RefundService/Refund/GetState?id=***&x=2'],
    ['/RefundService/Refund/GetState?x=2&id=1c5e', '/RefundService/Refund/GetState?x=2&id=***'],
    ['/x?notes%5Btoken%5D=abc&a=b', '/x?notes%5Btoken%5D=***&a=b'],
  ])('masks the address %s', (url, path) => {
    expect(maskedCall(call({ url }), [])).toMatchObject({ path });
  });

  it.each([
    [
      '<SignatureValue>F72A</SignatureValue><InvoiceID>1</InvoiceID>',
      '<SignatureValue>***</SignatureValue><InvoiceID>1</InvoiceID>',
    ],
    ['{"apiSecret":"a\\"b"}', '{"apiSecret":"***"}'],
    ['{"password": "p w", "amount": "1.00"}', '{"password": "***", "amount": "1.00"}'],
    ['"eyJhbGciOiJIUzI1NiJ9.eyJPcEtleSI6IkstMSJ9.QorKX3jTci"', '"***"'],
    [
      '{"transaction":{"payment_method_nonce":"fake-valid-nonce"}}',
      '{"transaction":{"payment_method_nonce":"***"}}',
    ],
    [
      '{"credit_card":{"number":"4111111111111111","cvv": 123,"expiration_date":"12/35"},"batch_number":"7"}',
      '{"credit_card":{"number":"***","cvv": ***,"expiration_date":"12/35"},"batch_number":"7"}',
    ],
    ['<number>4111111111111111</number><amount>1.00</amount>', '<number>***</number><amount>1.00</amount>'],
    ['{"note":"my-own-secret-text"}', '{"note":"my-***-text"}'],
  ])('masks the body %s', (body, masked) => {
    expect(maskedCall(call({ body }), ['own-secret'])).toMatchObject({ body: masked });
  });
});
