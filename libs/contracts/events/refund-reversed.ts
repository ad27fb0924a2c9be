import { Type } from 'class-transformer';
import { IsArray, IsISO8601, IsString, ValidateNested } from 'class-validator';
import { Describe } from './describe.ts';
import { EventHead } from './event-head.ts';
import { AccountingLine } from './parts.ts';

/** A completed refund failed afterwards: the money came back to the merchant. */
@Describe('A completed refund failed afterwards: the money came back to the merchant.')
export class RefundReversed extends EventHead {
  @IsISO8601()
  reversedAt!: string;

  @Describe('`ce_id` of the RefundCompleted that no longer holds.')
  @IsString()
  reverses!: string;

  @Describe('The double entry of the RefundCompleted with the sides exchanged.')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => AccountingLine)
  lines!: AccountingLine[];
}
