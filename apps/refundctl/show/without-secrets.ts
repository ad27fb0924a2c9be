/** A report as it may be printed. By its handle anyone may ask the provider for the refund; the provider refund's id names it just as well. */
export function withoutSecrets(report: { readonly refund: { readonly handle: string | null } }): object {
  return { ...report, refund: { ...report.refund, handle: undefined } };
}
