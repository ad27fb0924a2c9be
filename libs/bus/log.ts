export type BusLogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where an adapter writes what it sees. `fields` holds no record content. */
export type BusLog = (level: BusLogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;
