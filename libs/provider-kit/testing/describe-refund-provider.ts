import { createHttpEdge } from '../http/edge.ts';
import { Cases, featuresOf } from './cases.ts';
import { Harness } from './harness.ts';
import { lookUpCases } from './look-up-cases.ts';
import type { ProviderUnderTest } from './provider-under-test.ts';
import { readingCases } from './reading-cases.ts';
import { refusalCases } from './refusal-cases.ts';
import { secrecyCases } from './secrecy-cases.ts';
import { submitCases } from './submit-cases.ts';
import { transportCases } from './transport-cases.ts';
import { webhookCases } from './webhook-cases.ts';

/**
 * The suite that every provider passes against the sandbox, over real HTTP. Capabilities decide what runs; what they leave out is printed as
 * skipped and compared with the list that the provider's own test pins.
 */
export function describeRefundProvider(subject: ProviderUnderTest): void {
  const edge = createHttpEdge();
  const { module } = subject.create({ edge, callTimeoutMs: 1 });
  edge.close();

  describe(`provider ${subject.name}`, () => {
    let harness: Harness | null = null;
    const cases = new Cases(subject, featuresOf(subject, module.reader.listRefunds !== undefined), () => {
      if (harness === null) throw new Error('the sandbox did not start');
      return harness;
    });

    beforeAll(async () => {
      harness = await Harness.start(subject);
    });

    beforeEach(async () => {
      await harness?.admin.reset();
    });

    afterAll(async () => {
      await harness?.close();
    });

    const groups: readonly (readonly [string, (group: Cases) => void])[] = [
      ['a refund', submitCases],
      ['when the way there or back fails', transportCases],
      ['when the provider refuses', refusalCases],
      ['looking up', lookUpCases],
      ['reading payments and listings', readingCases],
      ['webhooks', webhookCases],
      ['secrets', secrecyCases],
    ];
    for (const [title, addCases] of groups) {
      describe(title, () => {
        addCases(cases);
      });
    }

    it('has the capabilities that its test expects, and skips what follows from them', () => {
      expect(module.capabilities).toEqual(subject.capabilities);
      expect(cases.skipped).toEqual(subject.expectedSkips);
    });
  });
}
