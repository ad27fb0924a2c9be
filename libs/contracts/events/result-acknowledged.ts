import { IsISO8601, Matches } from 'class-validator';
import { ID, RESULT_ID } from '../rules.ts';
import { Describe } from './describe.ts';

/** A consumer of the results has one of them, durably: what it says is a fact there. */
@Describe(
  'A consumer of the results has taken one of them: it is stored there, and counted once. The same acknowledgement may come more than once.',
)
export class ResultAcknowledged {
  @Describe('The refund, as its request named it.')
  @Matches(ID)
  refundId!: string;

  @Describe("The provider's payment.")
  @Matches(ID)
  paymentId!: string;

  @Describe('`ce_id` of the RefundCompleted, RefundFailed or RefundReversed that was taken.')
  @Matches(RESULT_ID)
  acknowledges!: string;

  @Describe('Who took it. `ce_id` is `<consumer>.<acknowledges>`, so that repeating it changes nothing.')
  @Matches(ID)
  consumer!: string;

  @Describe('When it was first stored there; a repetition carries the same time.')
  @IsISO8601()
  acknowledgedAt!: string;
}
