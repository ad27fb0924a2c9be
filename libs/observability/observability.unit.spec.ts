import { createLogger, createMetrics, createStep, redact, registerSecret, STEPS } from './index.ts';

function linesOf(log: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  log(createLogger({ level: 'info', name: 'test', write: (line) => lines.push(line) }));
  return lines.join('');
}

describe('redact', () => {
  it('masks a registered secret as text, as JSON and as part of an address', () => {
    registerSecret('s"e\\cret/1');
    expect(redact('before s"e\\cret/1 after')).toBe('before [redacted] after');
    expect(redact(JSON.stringify({ at: 's"e\\cret/1' }))).toBe('{"at":"[redacted]"}');
    expect(redact(`postgres://user:${encodeURIComponent('s"e\\cret/1')}@db`)).toBe(
      'postgres://user:[redacted]@db',
    );
  });

  it('leaves no tail of a secret that begins with another one', () => {
    registerSecret('opensesame');
    registerSecret('opensesame-and-more');
    expect(redact('x opensesame-and-more y')).toBe('x [redacted] y');
  });

  it('does not register values so short that ordinary words would vanish', () => {
    registerSecret('a');
    expect(redact('a banana')).toBe('a banana');
  });

  it('masks authorization headers', () => {
    expect(redact('Authorization: Basic cnpwX3Rlc3Q6c2VjcmV0')).toBe('Authorization: Basic [redacted]');
    expect(redact('bearer eyJhbGciOi.J9.abc_-')).toBe('bearer [redacted]');
  });

  it.each([
    'card 4111111111111111',
    'card-4111-1111-1111-1111.',
    '4111 1111 1111 1111 12 29',
    'amex 378282246310005',
    'x5555555555554444y',
  ])('masks the card number in "%s"', (text) => {
    const masked = redact(text);
    expect(masked).toContain('[redacted]');
    expect(masked).not.toMatch(/\d{4}.?\d{4}/);
  });

  it.each([
    'at 1732470000000 ms',
    'pay_29QQoUBi66xm2f',
    'number 4111111111111112 fails the check digit',
    '2026-11-24T17:51:00.000Z',
    '41111111111111112222333344445555',
  ])('leaves "%s" readable', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('the logger', () => {
  it('masks secrets in messages, values, keys known to hold one, and errors with their causes', () => {
    registerSecret('hunter-2-hunter');
    const lines = linesOf((logger) => {
      logger.info('logged in with hunter-2-hunter');
      logger.warn({ account: { password: 'never-registered' }, headers: { authorization: 'tok-9' } }, 'x');
      const cause = Object.assign(new Error('sent hunter-2-hunter and 4111111111111111'), {
        config: { auth: 'left-out' },
      });
      logger.error({ err: new Error('failed', { cause }) }, 'call failed');
    });
    expect(lines).not.toMatch(/hunter-2|never-registered|tok-9|left-out|4111111111111111/);
    expect(lines).toContain('call failed');
  });

  it('writes one JSON object per line with level, name and an ISO time', () => {
    const line = linesOf((logger) => {
      logger.info({ refundId: 'rf_1' }, 'claimed');
    });
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      name: 'test',
      msg: 'claimed',
      refundId: 'rf_1',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
    });
  });
});

describe('a line of the log', () => {
  it('is bounded: a long text is clipped, and how much is told', () => {
    const line = linesOf((logger) => {
      logger.error({ rows: 'x'.repeat(1_000_000), error: new Error('y'.repeat(1_000_000)) }, 'too long');
    });
    expect(line.length).toBeLessThan(40_000);
    const { rows, error } = JSON.parse(line) as { rows: string; error: { message: string } };
    expect([rows, error.message].map((text) => /… (\d+) more$/.exec(text)?.[1])).toEqual([
      '991808',
      '991808',
    ]);
  });
});

describe('metrics', () => {
  it('are exposed under their names with bounded labels', async () => {
    const metrics = createMetrics();
    metrics.duplicates.inc();
    metrics.providerCalls.inc({ provider: 'razorpay', verb: 'create', verdict: 'succeeded' });
    const text = await metrics.registry.metrics();
    expect(text).toContain('refundry_duplicates_total 1');
    expect(text).toContain(
      'refundry_provider_calls_total{provider="razorpay",verb="create",verdict="succeeded"} 1',
    );
    for (const name of text.matchAll(/^# TYPE (\S+)/gm)) expect(name[1]).toMatch(/^refundry_/);
  });
});

describe('step', () => {
  /** What happened, with the pass at which it did. */
  function incidents(env: Readonly<Record<string, string>>): readonly string[] {
    const seen: string[] = [];
    let passes = 0;
    const note = (what: string) => (name: string) => seen.push(`${what} at ${name}, pass ${String(passes)}`);
    const step = createStep(env, { crash: note('crash'), stall: note('stall') });
    for (passes = 1; passes <= 5; passes += 1) {
      step('executor.armed');
      step('executor.sending');
    }
    return seen;
  }

  it('crashes at the named pass of the named point only', () => {
    expect(incidents({ REFUNDRY_CRASH_AT: 'executor.sending' })).toEqual([
      'crash at executor.sending, pass 1',
    ]);
    expect(incidents({ REFUNDRY_CRASH_AT: 'executor.sending:3' })).toEqual([
      'crash at executor.sending, pass 3',
    ]);
    expect(incidents({ REFUNDRY_CRASH_AT: 'relay.sent' })).toEqual([]);
  });

  it('stalls likewise, and may crash later', () => {
    expect(
      incidents({ REFUNDRY_STALL_AT: 'executor.armed:2', REFUNDRY_CRASH_AT: 'executor.armed:4' }),
    ).toEqual(['stall at executor.armed, pass 2', 'crash at executor.armed, pass 4']);
  });

  it.each(['REFUNDRY_CRASH_AT', 'REFUNDRY_STALL_AT'])(
    'does nothing in production or when it is not asked to: %s',
    (variable) => {
      expect(incidents({ [variable]: 'executor.sending', NODE_ENV: 'production' })).toEqual([]);
      expect(incidents({ [variable]: '' })).toEqual([]);
      expect(incidents({})).toEqual([]);
    },
  );

  it('refuses a name that does not exist, so that no crash test passes in vain', () => {
    const none = { crash: () => undefined, stall: () => undefined };
    expect(() => createStep({ REFUNDRY_CRASH_AT: 'executor.sendign' }, none)).toThrow(/names no step/);
    expect(() => createStep({ REFUNDRY_STALL_AT: 'executor.armed:0' }, none)).toThrow(/names no step/);
    expect(new Set(STEPS).size).toBe(STEPS.length);
  });
});
