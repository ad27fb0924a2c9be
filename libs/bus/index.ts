export { BusError, type BusErrorCode } from './bus-error.ts';
export { createEmbeddedBus, type EmbeddedBusOptions } from './embedded/embedded-bus.ts';
export { createKafkaBus } from './kafka/kafka-bus.ts';
export type { BrokerAddress, KafkaBusOptions } from './kafka/kafka-client.ts';
export type { BusLog, BusLogLevel } from './log.ts';
export * from './port.ts';
export { BatchContext, BUS, BusStrategy } from './strategy.ts';
