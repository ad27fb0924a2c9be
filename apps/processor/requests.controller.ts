import { Catch, Controller, Inject, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { BUS, type BatchContext, type BusBatch } from '#libs/bus';
import type { Loops } from './loops.ts';
import { LOOPS } from './tokens.ts';

/** The pattern of the requests; the strategy maps it to the configured topic. */
export const REQUESTED = 'requested';

/**
 * Without this filter Nest turns every error of a handler into a message without its class, and a stale position could not be told apart.
 * Not for the whole application: an error of an HTTP handler would never be answered.
 */
@Catch()
class KeepErrorClass implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** Where requests enter: batches of one partition, in order. Resolving lets the bus go on; rejecting brings the same batch again. */
@Controller()
@UseFilters(new KeepErrorClass())
export class RequestsController {
  constructor(@Inject(LOOPS) private readonly loops: Loops) {}

  @EventPattern<string>(REQUESTED, BUS)
  async take(@Payload() batch: BusBatch, @Ctx() _context: BatchContext): Promise<void> {
    await this.loops.intake?.loop.take(batch);
  }
}
