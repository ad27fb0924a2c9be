import { refundctl } from './refundctl.ts';
import { processTerminal } from './terminal.ts';

// Whoever reads our output may have seen enough (`refundctl … | head`); that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const exitCode = await refundctl(process.argv.slice(2), processTerminal());
// A code that a command set itself (130 after an interruption) says more than the 0 of having ended in order.
if (exitCode !== 0) process.exitCode = exitCode;
