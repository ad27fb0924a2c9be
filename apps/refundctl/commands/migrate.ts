import type { Command } from 'commander';
import { migrate } from '#libs/store';
import { openDatabase } from '../database.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

export function addMigrate(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description("bring the database to this release's schema; a process that starts does the same by itself")
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nOnly ever adds to the schema. Two at once are safe: the second waits for the first and finds nothing to do.',
    )
    .action(async ({ json }: { readonly json?: boolean }) => {
      const config = readSettings(terminal);
      const database = await openDatabase(config, terminal);
      try {
        const applied = await migrate(database.url);
        if (json === true) terminal.out(line(JSON.stringify({ applied })));
        else if (applied.length === 0) terminal.out(line('The schema is up to date; nothing to do.'));
        else terminal.out(line(`Applied: ${applied.join(', ')}`));
      } finally {
        await database.close();
      }
    });
}
