import type { RefundReport } from '#libs/store';

export interface TimelineEntry {
  readonly atMs: number;
  readonly text: string;
}

/** Everything that happened to a refund, in order: arrival, changes of state, exchanges with the provider. */
export function timeline(report: RefundReport): readonly TimelineEntry[] {
  const { origin } = report;
  const entries: TimelineEntry[] = [
    {
      atMs: origin.recordAtMs,
      text: `requested on ${origin.topic}, partition ${String(origin.partition)}, offset ${String(origin.offset)}`,
    },
  ];
  for (const change of report.journal) {
    const result = change.resultType === null ? '' : `, ${change.resultType}`;
    const published = change.published ? '' : ', not published yet';
    entries.push({
      atMs: change.occurredAtMs,
      text: `${String(change.sequence)}. ${stateOf(change.status)}${result}${published}${because(change.cause)}`,
    });
  }
  for (const call of report.calls) {
    const status = call.httpStatus === null ? 'no answer' : `HTTP ${String(call.httpStatus)}`;
    const late = call.late ? ', late' : '';
    const asked = call.asked === null ? '' : `, asked for ${call.asked}`;
    const left = call.leftThere === null ? '' : `, ${call.leftThere} left there`;
    entries.push({
      atMs: call.startedAtMs,
      text: `   ${VERBS[call.verb] ?? call.verb} (attempt ${String(call.attemptNo)}): ${call.verdict}${left} — ${status}, ${String(call.durationMs)} ms${late}${asked}`,
    });
  }
  for (const decision of report.decisions)
    entries.push({ atMs: decision.atMs, text: `   ${decisionText(decision)}` });
  return entries.toSorted((a, b) => a.atMs - b.atMs);
}

const VERBS: Readonly<Record<string, string>> = {
  create: 'asked the provider to refund',
  lookUp: 'looked the refund up',
  payment: 'read the payment',
  probe: 'asked whether the account is taken',
};

function decisionText({
  as,
  by,
  reason,
  evidence,
  shown,
  forced,
}: RefundReport['decisions'][number]): string {
  const against = forced ? ', taken all the same' : '';
  return `decided by ${by} (${as}): ${reason}; evidence: ${evidence}; the provider showed: ${shown}${against}`;
}

function because(cause: string): string {
  return cause === '' ? '' : ` — ${cause}`;
}

/** State and failure out of a stored snapshot; its text is ours, but an old one may lack what a newer release writes. */
function stateOf(status: string): string {
  const snapshot = JSON.parse(status) as {
    readonly state?: string;
    readonly failure?: { readonly code?: string; readonly message?: string };
  };
  const { failure } = snapshot;
  return failure === undefined
    ? (snapshot.state ?? 'unknown')
    : `${snapshot.state ?? 'failed'}: ${failure.code ?? ''} ${failure.message ?? ''}`.trimEnd();
}
