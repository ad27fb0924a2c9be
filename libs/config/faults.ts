/** One thing that is wrong with the configuration. `name` is the environment variable or the path inside the file; never a value. */
export interface Fault {
  readonly name: string;
  readonly message: string;
}

/** The configuration cannot be used. Carries every fault at once, so that one start shows all there is to repair. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'CONFIGURATION_INVALID';

  constructor(readonly faults: readonly Fault[]) {
    super(
      [
        `The configuration has ${faults.length === 1 ? 'a fault' : `${String(faults.length)} faults`}; nothing was started.`,
        ...faults.map((fault) => `  ${fault.name}: ${fault.message}`),
      ].join('\n'),
    );
  }
}

/** Gathers faults and warnings while the configuration is read. A message may quote a value only where it cannot be a secret. */
export class Findings {
  readonly faults: Fault[] = [];
  readonly warnings: Fault[] = [];

  fault(name: string, message: string): void {
    this.faults.push({ name, message });
  }

  warn(name: string, message: string): void {
    this.warnings.push({ name, message });
  }
}
