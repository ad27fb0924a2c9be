import jwt from 'jsonwebtoken';
import { signRefund, TOKEN_ALGORITHMS } from './token.ts';

const HEAD = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9';

function part(token: string, at: number): string {
  return Buffer.from(token.split('.')[at] ?? '', 'base64url').toString();
}

describe('the token of a refund', () => {
  it.each([
    ['{"OpKey":"K-1"}', `${HEAD}.eyJPcEtleSI6IkstMSJ9.QorKX3jTciIHBNP9UMME_bH0W9SKhFXv29ad_bThDUs`],
    [
      '{"OpKey":"K-1","RefundSum":50.50}',
      `${HEAD}.eyJPcEtleSI6IkstMSIsIlJlZnVuZFN1bSI6NTAuNTB9.KnN05sflcapGZw2IlOLP5414LjlAHXIcUvc3R80CrX4`,
    ],
  ])('for %s is the known one', (content, token) => {
    expect(signRefund(content, 'password3', 'HS256')).toBe(token);
  });

  it.each(TOKEN_ALGORITHMS)(
    'with %s holds the content byte for byte and a head of two members',
    (algorithm) => {
      const content =
        '{"OpKey":"K-1","RefundSum":50.50,"InvoiceItems":[{"Name":"Чай \\"Зелёный\\"","Cost":1.0}]}';
      const token = signRefund(content, 'password3', algorithm);
      expect(part(token, 0)).toBe(`{"alg":"${algorithm}","typ":"JWT"}`);
      expect(part(token, 1)).toBe(content);
      expect(() => jwt.verify(token, 'password3', { algorithms: [algorithm] })).not.toThrow();
      expect(() => jwt.verify(token, 'password4', { algorithms: [algorithm] })).toThrow(/signature/);
    },
  );
});
