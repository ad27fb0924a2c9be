import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SandboxClock } from '../sandbox-clock.ts';
import type { AcceptedCall, Answer } from './answer.ts';
import { answerInstead, deliverUnder, isCut, preventsProcessing, send } from './fault-delivery.ts';
import type { CallOperation, Fault } from './fault.ts';
import { FaultPlan } from './fault-plan.ts';
import type { ProviderFront } from './provider-front.ts';
import { RequestLog, type LoggedCall } from './request-log.ts';
import { Waits } from './waits.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => void;

/**
 * The way of every provider call: log, authentication, fault, acceptance, latency, work, hold, answer. Without latency and fault all
 * of it happens in one go, without a timer or a promise.
 */
export class ProviderCalls {
  readonly faults = new FaultPlan();
  readonly log = new RequestLog();
  latencyMs = 0;
  readonly #waits = new Waits();
  readonly #clock: SandboxClock;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /**
   * A route handler. `accept` checks what can be refused at once and takes what must be held while the call runs (locks, keys); the
   * work itself waits for the latency.
   */
  handler(
    front: ProviderFront,
    operation: CallOperation,
    accept: (request: FastifyRequest) => AcceptedCall,
  ): Handler {
    return (request, reply) => {
      const logged = this.log.begin(front.provider, operation, request, this.#clock.nowMs());
      const refusal = front.authenticate(request);
      if (refusal !== null) {
        this.#waits.after(this.latencyMs, () => this.#answer(reply, logged, refusal));
        return;
      }
      const fault = this.faults.take(front.provider, operation);
      logged.fault = fault?.mode ?? null;
      if (fault !== undefined && preventsProcessing(fault.mode)) {
        this.#waits.after(this.latencyMs + fault.delayMs, () => {
          this.#finish(logged, answerInstead(reply, front, fault));
        });
        return;
      }
      this.#process(front, reply, logged, accept(request), fault);
    };
  }

  reset(): void {
    this.faults.clear();
    this.log.clear();
    this.latencyMs = 0;
  }

  /** Calls still waiting get no answer any more. */
  close(): void {
    this.#waits.cancelAll();
  }

  #process(
    front: ProviderFront,
    reply: FastifyReply,
    logged: LoggedCall,
    call: AcceptedCall,
    fault: Fault | undefined,
  ): void {
    this.#waits.after(this.latencyMs, () => {
      const answer = performSafely(front, call);
      const holdMs = fault === undefined || fault.mode === 'slow-body' ? 0 : fault.delayMs;
      this.#waits.after(holdMs, () => {
        call.release?.();
        if (fault === undefined) {
          this.#answer(reply, logged, answer);
        } else {
          deliverUnder(fault, { reply, front, answer, waits: this.#waits });
          this.#finish(logged, isCut(fault.mode) ? null : answer.status);
        }
      });
    });
  }

  #answer(reply: FastifyReply, logged: LoggedCall, answer: Answer): void {
    send(reply, answer);
    this.#finish(logged, answer.status);
  }

  #finish(logged: LoggedCall, status: number | null): void {
    logged.status = status;
    logged.durationMs = Math.round((performance.now() - logged.startedMs) * 1000) / 1000;
  }
}

/** A mistake of ours after a wait would otherwise end the whole process: no request handler is above it then. */
function performSafely(front: ProviderFront, call: AcceptedCall): Answer {
  try {
    return call.perform();
  } catch (error) {
    process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
    return front.faultAnswer(500, undefined);
  }
}
