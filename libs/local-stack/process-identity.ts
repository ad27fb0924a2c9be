import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Text that is the same as long as process `pid` is the same process, and `undefined` once it has ended. A process id alone
 * is handed out again, so it is joined with the moment the process began and the boot it belongs to.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** The name of the program process `pid` runs, or `undefined` if there is none. */
export function programOf(pid: number): string | undefined {
  const stat = process.platform === 'linux' ? readStat(pid) : undefined;
  if (stat !== undefined) return stat.program;
  const name = ps(pid, 'comm=');
  return name === undefined ? undefined : name.slice(name.lastIndexOf('/') + 1);
}

function fromProc(pid: number): string | undefined {
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}/${stat.startedAtTicks}`;
}

function fromPs(pid: number): string | undefined {
  return ps(pid, 'lstart=');
}

interface ProcessStat {
  readonly program: string;
  readonly startedAtTicks: string;
}

// proc(5): `pid (comm) state … starttime` with starttime in field 22. The name may hold blanks and brackets, so split after its last bracket.
const FIELDS_FROM_STATE_TO_START = 19;

function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  const startedAtTicks = fields[FIELDS_FROM_STATE_TO_START];
  const ended = fields[0] === 'Z' || fields[0] === 'X';
  if (ended || startedAtTicks === undefined) return undefined;
  return { program: text.slice(text.indexOf('(') + 1, nameEnd), startedAtTicks };
}

function ps(pid: number, column: string): string | undefined {
  const result = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' });
  const text = result.status === 0 ? result.stdout.trim() : '';
  return text === '' ? undefined : text;
}
