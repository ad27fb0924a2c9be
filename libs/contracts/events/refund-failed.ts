import { Type } from 'class-transformer';
import { IsISO8601, ValidateNested } from 'class-validator';
import { Describe } from './describe.ts';
import { EventHead } from './event-head.ts';
import { RefundFailure } from './parts.ts';

/** No money moved, and none will for this refundId. */
@Describe('No money moved, and none will for this refundId.')
export class RefundFailed extends EventHead {
  @IsISO8601()
  failedAt!: string;

  @ValidateNested()
  @Type(() => RefundFailure)
  failure!: RefundFailure;
}
