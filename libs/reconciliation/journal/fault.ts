/** What can be wrong with a journal. docs/ERRORS.md says what each means and what to do. */
export type JournalFaultCode =
  | 'ENTRY_CHANGED'
  | 'ENTRY_MISSING'
  | 'CHAIN_BROKEN'
  | 'FREE_TEXT_CHANGED'
  | 'REFUND_CHANGED'
  | 'REFUND_MISSING'
  | 'SEAL_BROKEN'
  | 'SEAL_CHANGED'
  | 'SEAL_MISSING'
  | 'SEAL_UNPUBLISHED';

/** One thing that is not as it was written. What names it is there where it is known. */
export interface JournalFault {
  readonly code: JournalFaultCode;
  readonly refundId?: string;
  readonly sequence?: number;
  readonly paymentId?: string;
  readonly seal?: number;
  readonly text: string;
}

export type Report = (fault: JournalFault) => void;
