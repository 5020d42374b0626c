import type { Command } from 'commander';
import type { SharedOptions } from './decision-verbs.ts';

/** The verb that changes the virtual hosts of a running proxy. */
export const addHostVerbs = (
  program: Command,
  { configOption, adminOption, jsonOption }: Omit<SharedOptions, 'collect'>,
): void => {
  const hosts = program.command('hosts').description('the virtual hosts of the running proxy');
  hosts
    .command('ls', { isDefault: true })
    .description('list them')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./hosts.ts')).listHosts(options));
  hosts
    .command('add')
    .description('add a host, or a list of them, until the proxy ends or they are removed')
    .argument('<file>', 'YAML or JSON file: a host as in the configuration; - reads standard input')
    .option('--replace', 'replace a host of the same name')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (file, options) => (await import('./hosts.ts')).addHosts(file, options));
  hosts
    .command('remove')
    .description('take a host away; requests under way end as ever')
    .argument('<name>', 'name of the host')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./hosts.ts')).removeHost(name, options));
};
