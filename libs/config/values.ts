import type { Findings } from './faults.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads single values. An empty variable counts as not set, as compose files and shells produce them. */
export class EnvironmentReader {
  constructor(
    private readonly env: Environment,
    private readonly findings: Findings,
  ) {}

  text(name: string): string | null {
    const value = this.env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (['false', '0', 'no', 'off'].includes(value)) return false;
    this.findings.fault(name, 'must be true or false');
    return fallback;
  }

  port(name: string, fallback: number): number {
    const value = this.text(name);
    if (value === null) return fallback;
    if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
    this.findings.fault(name, 'must be a port from 0 to 65535');
    return fallback;
  }

  oneOf<Value extends string>(name: string, values: readonly Value[], fallback: Value): Value {
    const value = this.text(name);
    if (value === null) return fallback;
    const match = values.find((candidate) => candidate === value.toLowerCase());
    if (match !== undefined) return match;
    this.findings.fault(name, `must be one of ${values.join(', ')}`);
    return fallback;
  }

  url(name: string, protocols: readonly string[]): string | null {
    const value = this.text(name);
    if (value === null) return null;
    const fault = urlFault(value, protocols);
    if (fault === null) return value.replace(/\/+$/, '');
    this.findings.fault(name, fault);
    return null;
  }
}

/** What is wrong with an address; null when nothing is. Never quotes it: it may carry a password. */
function urlFault(text: string, protocols: readonly string[]): string | null {
  if (!URL.canParse(text)) return `must be an address such as ${protocols[0] ?? ''}//host:port`;
  const url = new URL(text);
  if (!protocols.includes(url.protocol)) {
    return `must start with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
  }
  // Whoever takes the user or the password out of it decodes them.
  if (!isDecodable(text)) return 'holds a % that begins no escape: write a percent sign as %25';
  return url.hostname === '' && !url.searchParams.has('host') ? 'names no host' : null;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Checks a provider's address. Plain http sends credentials readable; it is meant for a sandbox on this machine. */
export function checkAddress(name: string, text: string, findings: Findings): void {
  const fault = urlFault(text, ['https:', 'http:']);
  if (fault !== null) {
    findings.fault(name, fault);
    return;
  }
  const { protocol, hostname } = new URL(text);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'http:' && !local) findings.warn(name, 'is plain http: credentials travel readable');
}
