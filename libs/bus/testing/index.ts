export { describeBus } from './describe-bus.ts';
export { Ledger } from './ledger.ts';
export { Wire } from './wire.ts';
export type { BusConnection, BusFixture } from './world.ts';
