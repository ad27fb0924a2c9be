import type { Command } from 'commander';
import { addAnnotate } from './provider-annotate.ts';
import { addList } from './provider-list.ts';
import { addShow } from './provider-show.ts';
import { PROVIDERS } from '../providers.ts';
import type { Terminal } from '../terminal.ts';

export function addProvider(program: Command, terminal: Terminal): void {
  const provider = program
    .command('provider')
    .description('look at refunds as the provider has them, whoever made them; no money moves');
  for (const name of PROVIDERS.keys()) {
    const refunds = provider
      .command(name)
      .description(`refunds at ${name}`)
      .command('refunds')
      .description(`refunds at ${name}`);
    addList(refunds, name, terminal);
    addShow(refunds, name, terminal);
    addAnnotate(refunds, name, terminal);
  }
}
