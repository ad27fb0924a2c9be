import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { addJournalExport } from './journal-export.ts';
import { addJournalVerify } from './journal-verify.ts';

export function addJournal(program: Command, terminal: Terminal): void {
  const journal = program.command('journal').description('the journal of all changes: prove it, export it');
  addJournalVerify(journal, terminal);
  addJournalExport(journal, terminal);
}
