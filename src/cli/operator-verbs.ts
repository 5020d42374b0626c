import { type Command, Option } from 'commander';
import { type CredentialFlags, chooseCredentials } from './admin-credentials.ts';
import type { SharedOptions } from './decision-verbs.ts';

/** The verbs of those who run the proxy: words for its console, and hashes for its configuration. */
export const addOperatorVerbs = (
  program: Command,
  { configOption, adminOption, jsonOption }: Omit<SharedOptions, 'collect'>,
): void => {
  program
    .command('ctl')
    .description('say a word to the running proxy: status, servers, drain ID, reload, quit, help and more')
    .argument('<words...>', 'the word and what belongs to it; `forehand ctl help` lists all')
    .option('--socket <path>', "socket of the proxy's console; `console` of the configuration if left out")
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (words, options) => (await import('./ctl.ts')).ctl(words, options));

  program
    .command('hash-password')
    .description(
      'print the hash of a password for `adminAuth` and `auth`; asks for it, or reads standard input',
    )
    .action(async () => (await import('./hash-password.ts')).printPasswordHash());
};

/** Every verb that asks a running proxy can show who asks. To be called once all verbs are there. */
export const addCredentialOptions = (program: Command): void => {
  for (const command of [...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    if (!command.options.some(({ long }) => long === '--admin')) continue;
    command
      .addOption(new Option('--token <token>', 'token for the admin listener').env('FOREHAND_ADMIN_TOKEN'))
      .addOption(
        new Option('--user <name:password>', 'user for the admin listener').env('FOREHAND_ADMIN_USER'),
      )
      .addOption(
        new Option('--ca <file>', 'PEM file of the authorities to believe the admin listener by').env(
          'FOREHAND_ADMIN_CA',
        ),
      )
      .hook('preAction', (_, action) => chooseCredentials(action.opts<CredentialFlags>()));
  }
};
