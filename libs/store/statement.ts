/** For the few statements that go over a whole table: as long as TCP itself would wait. */
export const LONG_ANSWER_WITHIN_MS = 900_000;

/** A statement with a constant name, so that each connection prepares it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** For one that may read or write very much: how long its answer is waited for, in place of what the connection waits. */
  readonly answerWithinMs?: number;
}
