import type { BusCapabilities } from '../port.ts';
import { describeAdministration } from './administration.ts';
import { describeContent } from './content.ts';
import { describeLifecycle } from './lifecycle.ts';
import { describeMembers } from './members.ts';
import { describePositions } from './positions.ts';
import { describeReading } from './reading.ts';
import { World, type BusFixture } from './world.ts';
import { describeScanning } from './scanning.ts';
import { describeWriting } from './writing.ts';

/**
 * The contract every adapter of the bus passes. `capabilities` is what the adapter's spec expects of it: the adapter has to say the same, and
 * each `false` shows as a skip.
 */
export function describeBus(
  name: string,
  make: () => Promise<BusFixture>,
  capabilities: BusCapabilities,
): void {
  describe(name, () => {
    const world = new World();
    beforeAll(async () => {
      await world.begin(make);
    });
    afterEach(async () => {
      await world.settle();
    });
    afterAll(async () => {
      await world.end();
    });

    it('has the capabilities it is tested for', () => {
      expect(world.bus.capabilities).toEqual(capabilities);
    });
    describeAdministration(world);
    describeContent(world);
    describeReading(world);
    describePositions(world, capabilities);
    describeScanning(world, capabilities);
    describeLifecycle(world);
    describeWriting(world, capabilities);
    describeMembers(world);
  });
}
