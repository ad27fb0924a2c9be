import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { ActBy, Failure, References } from '#libs/refund';
import { Describe } from './describe.ts';
import { IsAmount } from './decorators.ts';

@Describe('Bank references that the provider gave.')
export class BankReferences implements References {
  @Describe('Acquirer reference number.')
  @IsOptional()
  @IsString()
  arn?: string;

  @Describe('Retrieval reference number.')
  @IsOptional()
  @IsString()
  rrn?: string;

  @Describe('Unique transaction reference.')
  @IsOptional()
  @IsString()
  utr?: string;
}

@Describe("The provider's own code and words.")
export class ProviderRefusal {
  @IsString()
  code!: string;

  @IsString()
  text!: string;
}

@Describe('Why no money moved, and who can do something about it.')
export class RefundFailure implements Failure {
  @Describe(
    'rejected: our rules said no. declined: the provider said no. cancelled: at the provider or by the requester. decided: by a person.',
  )
  @IsIn(['rejected', 'declined', 'cancelled', 'decided'])
  kind!: Failure['kind'];

  @Describe('One code of the list in docs/ERRORS.md.')
  @IsString()
  code!: string;

  @Describe('For people.')
  @IsString()
  message!: string;

  @Describe("The provider's own code and words, when it was the provider.")
  @IsOptional()
  @ValidateNested()
  @Type(() => ProviderRefusal)
  provider?: ProviderRefusal;

  @IsIn(['merchant', 'customer', 'operator', 'nobody'])
  actBy!: ActBy;

  @Describe('Whether asking again, under a new refundId, can succeed.')
  @IsBoolean()
  mayRequestAgain!: boolean;
}

@Describe('One line of a double entry: exactly one of debit and credit.')
export class AccountingLine {
  @Describe(
    '`refunds:<provider>:<account>` or `provider:<provider>:<account>`, unless the installation names its books otherwise; with `test:` before it for test money.',
  )
  @IsString()
  account!: string;

  @IsOptional()
  @IsAmount()
  debit?: string;

  @IsOptional()
  @IsAmount()
  credit?: string;

  @IsString()
  currency!: string;
}
