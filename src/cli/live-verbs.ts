import type { Command } from 'commander';
import type { SharedOptions } from './decision-verbs.ts';

/** The verbs that show in the terminal what a running proxy does now. */
export const addLiveVerbs = (
  program: Command,
  { configOption, adminOption, jsonOption }: Omit<SharedOptions, 'collect'>,
): void => {
  program
    .command('top')
    .description('pools and servers of the running proxy as a live table; q quits, s sorts')
    .option('--once', 'print it once')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./top.ts')).top(options, program.opts()));

  program
    .command('tap')
    .description(
      'decisions of the running proxy as they are made, a line each; a sample of at most 20 a second',
    )
    .option('--failed', 'those whose requests failed, in place of a sample of all')
    .option('--pool <name>', 'of this pool')
    .option('--route <name>', 'of this route')
    .option('--server <id>', 'those that chose this server')
    .option('--status <status>', 'those answered so: 503, 5xx, or several with commas')
    .option('--sample <part>', 'a part of them, such as 0.1')
    .option('--for <duration>', 'end after this time, for example 10s')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./tap.ts')).tap(options));
};
