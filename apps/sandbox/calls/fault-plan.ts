import type { ProviderName } from '../provider-name.ts';
import type { CallOperation, Fault } from './fault.ts';

/**
 * The active faults in the order they were added. For one call they are asked in that order and the first that fires is the only
 * one; those after it are not asked, so neither their count nor their random sequence moves.
 */
export class FaultPlan {
  #faults: Fault[] = [];
  #added = 0;

  nextFaultId(): string {
    this.#added += 1;
    return `fault_${this.#added}`;
  }

  add(fault: Fault): void {
    this.#faults.push(fault);
  }

  /** The fault that this call suffers, already counted. */
  take(provider: ProviderName, operation: CallOperation): Fault | undefined {
    if (this.#faults.length === 0) {
      return undefined;
    }
    for (const fault of this.#faults) {
      if (fault.provider === provider && this.#fires(fault, operation)) {
        fault.fired += 1;
        if (fault.remaining !== null) {
          fault.remaining -= 1;
        }
        return fault;
      }
    }
    return undefined;
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  /** Answers how many were cleared; used-up ones count too. */
  clear(provider?: ProviderName): number {
    const before = this.#faults.length;
    this.#faults = provider === undefined ? [] : this.#faults.filter((fault) => fault.provider !== provider);
    return before - this.#faults.length;
  }

  #fires(fault: Fault, operation: CallOperation): boolean {
    const concerned = fault.operation === '*' || fault.operation === operation;
    if (!concerned || fault.remaining === 0) {
      return false;
    }
    return fault.probability === 1 || fault.random() < fault.probability;
  }
}
