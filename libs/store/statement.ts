/** A statement with a constant name, so that each connection prepares it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}
