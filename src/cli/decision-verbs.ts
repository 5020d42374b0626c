import { type Command, Option } from 'commander';

/** Options that many verbs share. */
export interface SharedOptions {
  configOption(): Option;
  adminOption(): Option;
  jsonOption(): Option;
  /** For an option that may be said several times. */
  collect(value: string, before?: readonly string[]): readonly string[];
}

/** The verbs that show what the chains of a running proxy decide. */
export const addDecisionVerbs = (
  program: Command,
  { configOption, adminOption, jsonOption, collect }: SharedOptions,
): void => {
  program
    .command('explain')
    .description('show what the chain answers for a request, sending nothing')
    .argument('<url>', 'URL or path of the request')
    .option('-H, --header <name:value>', 'header of the request; repeatable', collect)
    .option('-X, --method <method>', 'method of the request', 'GET')
    .option('--from <ip>', "client's address", '127.0.0.1')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (url, options) => (await import('./explain.ts')).explainUrl(url, options));

  program
    .command('shadow')
    .description('what chains would do that run beside those in use, and whether it is safe to switch')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./shadow.ts')).listShadows(options));

  program
    .command('decisions')
    .description('the last decisions of the running proxy, newest first')
    .addOption(
      new Option('--kind <kind>', 'which of them')
        .choices(['sampled', 'recent', 'slow', 'failed'])
        .default('sampled'),
    )
    .option('--limit <number>', 'how many', '20')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./decisions.ts')).listDecisions(options));
};
