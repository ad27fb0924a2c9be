import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Matches, Min } from 'class-validator';
import { ID, LIMITS } from '../rules.ts';
import { Describe } from './describe.ts';
import { AmountOrNull, IsMetadata, TextOrNull, TextUpTo } from './decorators.ts';

/** The fields that every event of ours begins with, and the free text that it ends with. */
export class EventHead {
  @Describe('The refund, as its request named it.')
  @Matches(ID)
  refundId!: string;

  @Describe('The provider; of a rejected request as it was sent, shortened, empty when there was none.')
  @IsString()
  provider!: string;

  @Describe(
    'The account the refund is pinned to; of a rejected request as it was sent, null when none was found.',
  )
  @TextOrNull()
  account!: string | null;

  @Describe('`test` for sandboxes and test keys. Test money never enters live books.')
  @IsIn(['live', 'test'])
  mode!: 'live' | 'test';

  @Describe("The provider's payment.")
  @Matches(ID)
  paymentId!: string;

  @Describe(
    "Major units with exactly the currency's decimals; null while an omitted amount is not decided, or when none could be read.",
  )
  @AmountOrNull()
  amount!: string | null;

  @Describe('ISO 4217 code; of a rejected request as it was sent, shortened, empty when there was none.')
  @IsString()
  currency!: string;

  @Describe("The caller's order.")
  @IsOptional()
  @TextUpTo(LIMITS.textCharactersMax)
  orderId?: string;

  @Describe('`ce_id` of the request.')
  @IsString()
  requestEventId!: string;

  @Describe(
    'Number of this change within the refund, from 1 without gaps. `ce_id` is `<refundId>.<sequence>`.',
  )
  @IsInt()
  @Min(1)
  sequence!: number;

  @Describe('When the change was decided.')
  @IsISO8601()
  occurredAt!: string;

  @Describe('Who asked, as the caller wrote it.')
  @IsOptional()
  @TextUpTo(LIMITS.textCharactersMax)
  requestedBy?: string;

  @Describe('Why, as the caller wrote it.')
  @IsOptional()
  @TextUpTo(LIMITS.textCharactersMax)
  reason?: string;

  @Describe("The caller's own pairs.")
  @IsOptional()
  @IsMetadata()
  metadata?: Readonly<Record<string, string>>;
}
