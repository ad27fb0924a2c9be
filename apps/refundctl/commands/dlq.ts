import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { addDlqDiscard } from './dlq-discard.ts';
import { addDlqList } from './dlq-list.ts';
import { addDlqRedrive } from './dlq-redrive.ts';
import { addDlqShow } from './dlq-show.ts';

export function addDlq(program: Command, terminal: Terminal): void {
  const dlq = program.command('dlq').description('dead letters: requests that could not be handled');
  addDlqList(dlq, terminal);
  addDlqShow(dlq, terminal);
  addDlqRedrive(dlq, terminal);
  addDlqDiscard(dlq, terminal);
}
