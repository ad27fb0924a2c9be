import { redact } from '#libs/provider-kit';
import { providerRefundIdOf, readRequestId, secretsIn } from './request-id.ts';

const ID = '68cd7fa6-1338-4745-ba5c-28d16cbcdb3d';

describe('the number of a request', () => {
  it.each([
    [ID, ID],
    [ID.toUpperCase(), ID.toUpperCase()],
    [`${ID}0`, null],
    ['68cd7fa6', null],
    ['', null],
    [null, null],
  ])('in %j is %j', (text, id) => {
    expect(readRequestId(text)).toBe(id);
  });

  it('is known by a name that is the same for ever and for any case, and does not show it', () => {
    expect(providerRefundIdOf(ID)).toBe('rk_04a0a1ca9bca920ba0ed8f2b26846c31');
    expect(providerRefundIdOf(ID.toUpperCase())).toBe(providerRefundIdOf(ID));
    expect(providerRefundIdOf(ID)).not.toBe(providerRefundIdOf(ID.replace('6', '7')));
  });

  it.each([
    `{"success":true,"message":null,"requestId":"${ID}"}`,
    `{"success":true,"message":null,"requestId":"${ID.slice(0, 30)}`,
    `{"requestId":"${ID.toUpperCase()}"}`,
    `nested {\\"id\\":\\"${ID}\\"}`,
  ])('does not survive masking in %s', (answer) => {
    expect(redact(answer, secretsIn(answer))).not.toMatch(/68cd7fa6|1338-4745|ba5c/i);
  });

  it('is masked together with a token that would make a refund', () => {
    const answer = 'you sent "eyJhbGciOiJIUzI1NiJ9.eyJPcEtleSI6IkstMSJ9.c2lnbmF0dXJl"';
    expect(redact(answer, secretsIn(answer))).toBe('you sent "[redacted]"');
  });
});
