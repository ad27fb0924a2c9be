import { Type } from 'class-transformer';
import { IsArray, IsIn, IsISO8601, ValidateNested } from 'class-validator';
import { Describe } from './describe.ts';
import { AmountOrNull, TextOrNull } from './decorators.ts';
import { EventHead } from './event-head.ts';
import { AccountingLine, BankReferences } from './parts.ts';

/** The provider calls the refund final. */
@Describe('The provider calls the refund final: the money went back.')
export class RefundCompleted extends EventHead {
  @Describe('`void` when an unsettled payment was cancelled as a whole instead of refunded.')
  @IsIn(['refund', 'void'])
  action!: 'refund' | 'void';

  @Describe("The provider's own refund; null when the provider made none, as for a void.")
  @TextOrNull()
  providerRefundId!: string | null;

  @ValidateNested()
  @Type(() => BankReferences)
  references!: BankReferences;

  @Describe('When the provider says it was completed; when we saw it, where it does not say.')
  @IsISO8601()
  completedAt!: string;

  @Describe('What is left of the payment, as far as known.')
  @AmountOrNull()
  remaining!: string | null;

  @Describe('The double entry; debits equal credits.')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => AccountingLine)
  lines!: AccountingLine[];
}
