import type { Command } from 'commander';
import { topicPlans } from '#libs/config';
import { busLog, openBus } from '../bus.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

export function addTopics(program: Command, terminal: Terminal): void {
  const topics = program.command('topics').description('the topics on the bus');
  topics
    .command('create')
    .option('--json', 'answer as JSON')
    .description('create the topics that are missing; those that exist are left as they are')
    .addHelpText(
      'after',
      '\nFor clusters where processors may not do it themselves (TOPICS_CREATE=false). Names, partitions: REFUNDRY_CONFIG.',
    )
    .action(async ({ json }: { readonly json?: boolean }) => {
      const config = readSettings(terminal);
      const plans = topicPlans(config.topics, config.limits.partitions);
      const open = await openBus(config, busLog(terminal));
      try {
        const admin = await open.bus.admin();
        const created = await admin.createTopics(plans);
        await admin.close();
        const existed = plans.map(({ topic }) => topic).filter((topic) => !created.includes(topic));
        if (json === true) terminal.out(line(JSON.stringify({ created, existed })));
        else {
          for (const topic of created) terminal.out(line(`created  ${topic}`));
          for (const topic of existed) terminal.out(line(`existed  ${topic}`));
        }
      } finally {
        await open.close();
      }
    });
}
