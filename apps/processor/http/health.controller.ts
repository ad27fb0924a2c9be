import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import type { Loops } from '../loops.ts';
import { Processor } from '../processor.ts';
import { LOOPS } from '../tokens.ts';

/** For the platform: live = do not kill me; ready = send me work. */
@Controller('health')
export class HealthController {
  constructor(
    @Inject(LOOPS) private readonly loops: Loops,
    @Inject(Processor) private readonly processor: Processor,
  ) {}

  /** Fails only when the process cannot recover by itself; a broker or database that is away is no reason to kill it. */
  @Get('live')
  live(): { status: 'live' } {
    const fatal = this.loops.intake?.reader.health().fatal ?? null;
    if (fatal !== null) throw new ServiceUnavailableException({ status: 'dead', reason: fatal.message });
    return { status: 'live' };
  }

  /** Ready when the group is joined, the database answers and nothing drains. */
  @Get('ready')
  async ready(): Promise<{ status: 'ready' }> {
    const reasons: string[] = [];
    if (this.processor.state !== 'running') reasons.push(this.processor.state);
    if (this.loops.intake !== null && !this.loops.intake.reader.health().joined)
      reasons.push('the bus is not joined');
    if (!(await this.loops.reports.isReachable())) reasons.push('the database does not answer');
    if (reasons.length > 0) throw new ServiceUnavailableException({ status: 'not ready', reasons });
    return { status: 'ready' };
  }
}
