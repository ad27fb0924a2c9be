/** One HTTP answer of a provider, fully rendered. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';

export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, contentType: JSON_CONTENT_TYPE, body: JSON.stringify(body) };
}

/**
 * A call that was taken in and not yet carried out. The latency passes between the two, so a client that gives up
 * meanwhile still gets its refund booked. `release` runs once, when the answer (or the cut) is due.
 */
export interface AcceptedCall {
  perform(): Answer;
  release?(): void;
}

export function answered(answer: Answer): AcceptedCall {
  return { perform: () => answer };
}
