import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { TRANSITIONS, type VisibleState, type WaitingFor } from '#libs/refund';
import { Describe } from './describe.ts';
import { EventHead } from './event-head.ts';
import { RefundFailure } from './parts.ts';

const VISIBLE_STATES = Object.keys(TRANSITIONS).filter((state) => state !== 'submitting');
const WAITING_FOR = [
  'turn',
  'retry',
  'settlement',
  'balance',
  'rateLimit',
  'account',
] as const satisfies readonly WaitingFor[];

/** The whole current state of a refund. The topic is compacted: the last one per refund stays. */
@Describe('The whole current state of a refund. The topic is compacted: the last one per refund stays.')
export class RefundStatusChanged extends EventHead {
  @IsIn(VISIBLE_STATES)
  state!: VisibleState;

  @Describe('Equal to sequence; a snapshot with a lower version than one already seen is old.')
  @IsInt()
  @Min(1)
  version!: number;

  @Describe('What a requested refund waited for when the snapshot was taken.')
  @IsOptional()
  @IsIn(WAITING_FOR)
  waitingFor?: WaitingFor;

  @IsOptional()
  @IsISO8601()
  nextActionAt?: string;

  @Describe('Attempts armed so far.')
  @IsInt()
  @Min(0)
  attempts!: number;

  @IsOptional()
  @IsString()
  providerRefundId?: string;

  @Describe('Present when the state is failed.')
  @IsOptional()
  @ValidateNested()
  @Type(() => RefundFailure)
  failure?: RefundFailure;
}
