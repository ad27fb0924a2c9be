import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks a second; 100 on every Linux that Node runs on. */
const TICKS = 100;

function stat(pid: number): { readonly parent: number; readonly cpuSeconds: number } | null {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const number = (index: number): number => Number(fields[index] ?? 0);
    // After the name: state, ppid, …; own user and system time, then that of children already reaped.
    return { parent: number(1), cpuSeconds: (number(11) + number(12) + number(13) + number(14)) / TICKS };
  } catch {
    return null;
  }
}

/** CPU seconds a process has used, the children it has reaped included; 0 when it is gone. Linux only. */
export function cpuSeconds(pid: number): number {
  return stat(pid)?.cpuSeconds ?? 0;
}

/** CPU seconds of a process and of all its living children: a PostgreSQL server with its backends. */
export function treeCpuSeconds(pid: number): number {
  let seconds = cpuSeconds(pid);
  for (const name of readdirSync('/proc')) {
    const child = Number(name);
    if (!Number.isInteger(child)) continue;
    const found = stat(child);
    if (found?.parent === pid) seconds += found.cpuSeconds;
  }
  return seconds;
}

/** Resident size, MiB. */
export function residentMiB(pid: number): number {
  return statusMiB(pid, 'VmRSS');
}

/** Largest resident size so far, MiB. */
export function peakResidentMiB(pid: number): number {
  return statusMiB(pid, 'VmHWM');
}

function statusMiB(pid: number, field: string): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}
