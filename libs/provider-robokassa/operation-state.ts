import { elementIn, readDocument, textIn } from './xml.ts';

/** An answer of OpStateExt, as the texts that are in it. Null where it does not have one. */
export interface OperationState {
  readonly resultCode: string;
  readonly description: string | null;
  readonly stateCode: string | null;
  /** What the payment is worth to the shop. `IncSum`, what the payer gave in their own currency, may hold the payer's commission. */
  readonly outSum: string | null;
  readonly outCurrLabel: string | null;
  readonly opKey: string | null;
}

/** Null when the text is no such answer: without exactly one result there is nothing to go by. */
export function readOperationState(text: string): OperationState | null {
  const answer = readDocument(text, 'OperationStateResponse');
  const result = answer === null ? null : elementIn(answer, 'Result');
  const state = answer === null ? null : elementIn(answer, 'State');
  const details = answer === null ? null : elementIn(answer, 'Info');
  const resultCode = result === null ? null : textIn(result, 'Code');
  if (result === null || state === null || details === null || resultCode === null) return null;
  return {
    resultCode,
    description: textIn(result, 'Description'),
    stateCode: textIn(state, 'Code'),
    outSum: textIn(details, 'OutSum'),
    outCurrLabel: textIn(details, 'OutCurrLabel'),
    opKey: textIn(details, 'OpKey'),
  };
}
