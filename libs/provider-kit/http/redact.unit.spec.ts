import { oneLine, redact } from './redact.ts';

describe('redacting an answer', () => {
  const secret = 'kEy"secret/+1';

  it.each([
    ['as it is', secret],
    ['inside JSON', JSON.stringify({ echo: secret })],
    ['in an address', `?key=${encodeURIComponent(secret)}`],
    ['in base64', Buffer.from(secret).toString('base64')],
  ])('masks a secret %s', (_where, text) => {
    const masked = redact(`before ${text} after`, [secret]);
    expect(masked).toContain('[redacted]');
    expect(masked).not.toContain(text);
  });

  it('masks what looks like credentials even when nobody told it the secret', () => {
    const text =
      'Authorization: Basic dXNlcjpwYXNz\r\n{"authorization":"Bearer abcdefgh12345678"} tried Basic dXNlcjpwYXNz';
    expect(redact(text, [])).not.toMatch(/dXNlcjpwYXNz|abcdefgh/);
  });

  it('masks card numbers, and leaves references of banks alone', () => {
    expect(redact('paid with 4111 1111 1111 1111 and 5555-5555-5555-4444', [])).toBe(
      'paid with [redacted] and [redacted]',
    );
    expect(redact('{"arn":"74332745012345678901234","rrn":"123456789012","at":1597078866}', [])).toBe(
      '{"arn":"74332745012345678901234","rrn":"123456789012","at":1597078866}',
    );
  });

  it('masks who the payer is', () => {
    const masked = redact(
      '{"email": "ann@example.com","contact":"+919876543210","vpa":"ann@ok\\"bank","id":"pay_1"}',
      [],
    );
    expect(masked).toBe('{"email": "[redacted]","contact":"[redacted]","vpa":"[redacted]","id":"pay_1"}');
  });

  it('masks who the payer is in XML, and leaves the transaction', () => {
    const masked = redact(
      '<transaction><id>abc</id><customer><first-name>Ann</first-name><email type="x">ann@example.com</email><phone nil="true"/></customer>' +
        '<billing><street-address>1 Main St</street-address></billing><amount>10.00</amount></transaction>',
      [],
    );
    expect(masked).toBe(
      '<transaction><id>abc</id><customer><first-name>[redacted]</first-name><email type="x">[redacted]</email><phone nil="true"/></customer>' +
        '<billing><street-address>[redacted]</street-address></billing><amount>10.00</amount></transaction>',
    );
  });

  it('leaves an ordinary answer as it is', () => {
    const text =
      '{"id":"rfnd_FP8QHiV938haTz","amount":500100,"receipt":"rr_0123456789abcdef0123456789abcdef"}';
    expect(redact(text, ['another secret'])).toBe(text);
  });

  it('keeps at most 4 KiB, whatever the characters weigh', () => {
    for (const character of ['x', 'é', '€', '😀']) {
      const kept = redact(character.repeat(9000), []);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(4096);
      expect(kept.endsWith('…')).toBe(true);
    }
  });

  it('leaves no half of a secret at the cut', () => {
    const long = 'S'.repeat(200);
    expect(redact(`${'.'.repeat(4000)}${long}`, [long])).not.toContain('SS');
  });

  it('replaces what PostgreSQL refuses', () => {
    expect(redact('a\0b\uD800c', [])).toBe('a\uFFFDb\uFFFDc');
  });
});

describe("a provider's words on one line", () => {
  it('has no control characters and a limited length', () => {
    expect(oneLine('first\r\nsecond\u2028third\0\u0007 ')).toBe('first second third');
    expect(oneLine('x'.repeat(500), 20)).toBe(`${'x'.repeat(19)}…`);
  });
});
