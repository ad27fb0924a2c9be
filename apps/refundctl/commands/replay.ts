import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { addReplayPublish } from './replay-publish.ts';
import { addReplayRequests } from './replay-requests.ts';
import { addReplayResults } from './replay-results.ts';

export function addReplay(program: Command, terminal: Terminal): void {
  const replay = program
    .command('replay')
    .description('read or publish again what went over the bus; never calls what moves money')
    .addHelpText(
      'after',
      '\nEach run is kept: `refundctl operations list`. Exit code: 0 clean, 1 could not run, 2 used wrongly or differences found.',
    );
  addReplayRequests(replay, terminal);
  addReplayResults(replay, terminal);
  addReplayPublish(replay, terminal);
}
