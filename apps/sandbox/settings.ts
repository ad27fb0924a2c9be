export type SandboxSettings =
  | { readonly kind: 'start'; readonly port: number; readonly host: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problem: string };

const PORT_DEFAULT = 4010;
const PORT_MAX = 65_535;

/** What the command line and the environment ask for. */
export function readSettings(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): SandboxSettings {
  if (words.includes('--help') || words.includes('-h')) {
    return { kind: 'help' };
  }
  if (words.length > 0) {
    return { kind: 'invalid', problem: `unknown argument "${words[0]}"; try --help` };
  }
  const portText = environment['SANDBOX_PORT'] ?? String(PORT_DEFAULT);
  if (!/^\d{1,5}$/.test(portText) || Number(portText) > PORT_MAX) {
    return {
      kind: 'invalid',
      problem: `SANDBOX_PORT must be a whole number from 0 to ${PORT_MAX}, not "${portText}"`,
    };
  }
  return { kind: 'start', port: Number(portText), host: environment['HOST'] ?? '127.0.0.1' };
}
