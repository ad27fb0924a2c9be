/** Integrity, data and size errors: the same row would be refused for ever. Anything else may pass and is tried again. */
export function isRefusedContent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(22|23|54)/.test(code);
}
