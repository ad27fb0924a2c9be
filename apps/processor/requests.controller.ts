import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { BUS, type BatchContext, type BusBatch } from '#libs/bus';
import type { Loops } from './loops.ts';
import { LOOPS } from './tokens.ts';

/** The pattern of the requests; the strategy maps it to the configured topic. */
export const REQUESTED = 'requested';

/** Where requests enter: batches of one partition, in order. Resolving lets the bus go on; rejecting brings the same batch again. */
@Controller()
export class RequestsController {
  constructor(@Inject(LOOPS) private readonly loops: Loops) {}

  @EventPattern<string>(REQUESTED, BUS)
  async take(@Payload() batch: BusBatch, @Ctx() _context: BatchContext): Promise<void> {
    await this.loops.intake?.loop.take(batch);
  }
}
