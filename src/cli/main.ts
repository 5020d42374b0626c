#!/usr/bin/env node
import { Command, Option } from 'commander';
import { completionScript, type Shell } from './completion.ts';
import { addDecisionVerbs } from './decision-verbs.ts';
import { addHostVerbs } from './host-verbs.ts';
import { addLiveVerbs } from './live-verbs.ts';
import { addCredentialOptions, addOperatorVerbs } from './operator-verbs.ts';
import { versionText } from './version.ts';

/** Reads the command line and hands each verb to its own file, which is loaded only then. */
const program = new Command('forehand');

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const configOption = (): Option =>
  new Option('-c, --config <file>', 'configuration file; - reads standard input').env('FOREHAND_CONFIG');
const adminOption = (): Option =>
  new Option('--admin <address>', 'admin address of the running proxy').env('FOREHAND_ADMIN');
const jsonOption = (): Option => new Option('--json', 'print JSON');

program
  .description(
    'A load-balancing reverse proxy whose choice of server is a chain of small functions over live statistics.',
  )
  .version(versionText(), '-V, --version')
  .addOption(
    new Option('--log-level <level>', 'how much to log').choices([
      'trace',
      'debug',
      'info',
      'warn',
      'error',
      'silent',
    ]),
  )
  .addOption(
    new Option('--log-format <format>', 'text for people, json for machines').choices(['text', 'json']),
  )
  .addOption(
    new Option('--color <when>', 'colours in messages').choices(['auto', 'always', 'never']).default('auto'),
  )
  .option('-q, --quiet', 'log errors only')
  .showHelpAfterError('(forehand --help shows every verb)')
  .configureHelp({ sortSubcommands: false });

program
  .command('run')
  .description('serve in the foreground')
  .addOption(configOption())
  .action(async (options) => (await import('./run.ts')).run(options, program.opts()));

program
  .command('agent')
  .description('measure this machine and publish it, with its servers, to proxies')
  .option('--to <url>', 'proxy to report to: http(s)://, udp:// or redis(s)://host:port; repeatable', collect)
  .option('--url <url>', 'server on this machine, as proxies reach it; repeatable', collect)
  .option('--pool <name>', 'pool that the servers belong to')
  .option('--tag <tag>', 'tag of the servers; repeatable', collect)
  .option('--node <name>', 'name of this node (default: host name and port of the first URL)')
  .option('--interval <duration>', 'time between reports', '250ms')
  .option('--arriba <number>', 'speed of one core, instead of measuring it')
  .addOption(new Option('--token <token>', 'secret shared with the proxies').env('FOREHAND_TOKEN'))
  .option('--token-file <file>', 'file that holds the token in its first line')
  .option('--ca <file>', 'PEM file of the authorities to believe proxies by')
  .option('--cert <file>', 'PEM file of the certificate to show to proxies')
  .option('--key <file>', 'PEM file of its key')
  .option('--scrape <place>', "URL or file with the application's own numbers; repeatable", collect)
  .option('--metric <name=where>', 'number to take there: a series or a JSON path; repeatable', collect)
  .option('--listen <host:port>', 'answer GET /v1/report and /livez there')
  .option('--agent-check <host:port>', "answer HAProxy's agent-check there")
  .option('--drain <duration>', 'when told to end, have HAProxy drain the servers for so long first')
  .option('--print', 'print one report and end')
  .addOption(jsonOption())
  .action(async (options) => (await import('./agent.ts')).agent(options, program.opts()));

program
  .command('demo')
  .description('run five unlike servers, agents, proxy, admin page and a gentle load on this machine')
  .option('--duration <duration>', 'end by itself after this time')
  .option('--rate <number>', 'requests a second', '20')
  .option('--no-load', 'send no requests')
  .option('--write <directory>', 'leave a ready project there and end')
  .addOption(jsonOption())
  .action(async (options) => (await import('./demo/demo.ts')).demo(options, program.opts()));

program
  .command('check')
  .description('check a configuration and the functions it names; exit code 1 if it cannot be used')
  .argument('[file]', 'configuration file')
  .option('--explain', 'print the configuration with its defaults filled in')
  .addOption(
    new Option('--format <format>', 'how to print problems').choices(['text', 'json']).default('text'),
  )
  .action(async (file, options) => (await import('./check.ts')).check(file, options, program.opts()));

addDecisionVerbs(program, { configOption, adminOption, jsonOption, collect });
addLiveVerbs(program, { configOption, adminOption, jsonOption });
addHostVerbs(program, { configOption, adminOption, jsonOption });
addOperatorVerbs(program, { configOption, adminOption, jsonOption });

program
  .command('simulate')
  .description('try chains in a scenario, in simulated time with the code of the proxy')
  .argument('[scenario]', 'YAML file: servers, traffic, and what goes wrong')
  .option('--chain <file>', 'file with the `chain:` of a pool; repeatable', collect)
  .option('--policy <name>', 'chain by name, such as default, full or leastConnections; repeatable', collect)
  .option('--seed <number>', 'the same seed gives the same digits', '1')
  .option('--load <number>', "part of the servers' capacity, in place of the scenario's")
  .option('--fit <traces...>', 'print a scenario that is made of recorded traffic, and simulate nothing')
  .option('--pool <name>', 'the pool that is fitted; the busiest if left out')
  .addOption(jsonOption())
  .action(async (scenario, options) =>
    (await import('./simulate.ts')).simulateScenario(scenario, options, program.opts()),
  );

program
  .command('replay')
  .description('decide again what was recorded, with the same chain or another; exit code 1 if it differs')
  .argument('<traces...>', 'files that `record` in the configuration has written')
  .option('--chain <file>', 'file with the `chain:` of a pool, to see what it would have done')
  .option('--policy <name>', 'the same for a chain by name, such as full')
  .option('--pool <name>', 'the pool that the other chain is for; all if left out')
  .option('--explain <number>', 'explain this decision, from 1')
  .addOption(jsonOption())
  .action(async (traces, options) => (await import('./replay.ts')).replay(traces, options, program.opts()));

const servers = program.command('servers').description('the servers that the running proxy knows');
servers
  .command('ls', { isDefault: true })
  .description('list them')
  .addOption(configOption())
  .addOption(adminOption())
  .addOption(jsonOption())
  .action(async (options) => (await import('./servers.ts')).listServers(options));

const setVerb = (name: string, description: string): Command =>
  servers
    .command(name)
    .description(description)
    .argument('<id>', 'id of the server, as `servers ls` shows it')
    .option('--pool <name>', 'its pool, where several have a server of this id')
    .option('--for <duration>', 'lift it after this time, for example 10m')
    .option('--reason <text>', 'why, for those who wonder')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(jsonOption());
const STATES = {
  drain: 'send it no new requests; those under way end as ever',
  maint: 'the same, for a server that is being worked on',
  ready: 'lift everything that was set by hand',
} as const;
for (const state of ['drain', 'maint', 'ready'] as const)
  setVerb(state, STATES[state]).action(async (id, options) =>
    (await import('./set-server.ts')).setServer(id, { state }, options),
  );
setVerb('weight', 'give it more or fewer requests; 1 is as usual, 0.5 or 50% half of that')
  .argument('<weight>', 'a number from 0 to 256, or a percentage')
  .action(async (id, weight, options) => {
    const { readWeight, setServer } = await import('./set-server.ts');
    await setServer(id, { weight: readWeight(weight) }, options);
  });

program
  .command('nodes')
  .description('the agents that the running proxy hears, and whose reports it refuses')
  .addOption(configOption())
  .addOption(adminOption())
  .addOption(jsonOption())
  .action(async (options) => (await import('./nodes.ts')).listNodes(options));

program
  .command('reload')
  .description('have the running proxy read its configuration again; exit code 1 if it kept the old one')
  .addOption(configOption())
  .addOption(adminOption())
  .action(async (options) => (await import('./reload.ts')).reload(options));

program
  .command('trace')
  .description('show or set what the running proxy follows step by step in its log')
  .argument('[classes...]', 'config, pool, decisions, reports, timing; off for none')
  .addOption(configOption())
  .addOption(adminOption())
  .addOption(jsonOption())
  .action(async (classes, options) => (await import('./trace.ts')).trace(classes, options));

program
  .command('schema')
  .description('print the JSON Schema of the configuration')
  .action(async () => (await import('./schema.ts')).printSchema());

program
  .command('new-function')
  .description('write a candidacy function to start from, with its test')
  .argument('<name>', 'name of the function, for example by-tenant')
  .option('--directory <directory>', 'where to write it', 'candidacy')
  .action(async (name, options) => (await import('./new-function.ts')).newFunction(name, options));

program
  .command('bench-node')
  .description('measure how fast this machine is (arriba)')
  .option('--force', 'measure again even if the result is known')
  .addOption(jsonOption())
  .action(async (options) => (await import('./bench-node.ts')).benchThisNode(options));

program
  .command('version')
  .description('print the version')
  .addOption(jsonOption())
  .action((options: { json?: boolean }) => {
    const { version, node, platform, arch } = {
      version: versionText(),
      node: process.version,
      platform: process.platform,
      arch: process.arch,
    };
    process.stdout.write(
      options.json ? `${JSON.stringify({ version, node, platform, arch })}\n` : `forehand ${version}\n`,
    );
  });

program
  .command('ping')
  .description('exit code 0 if the running proxy is ready')
  .addOption(configOption())
  .addOption(adminOption())
  .action(async (options) => (await import('./ping.ts')).ping(options));

program
  .command('completion')
  .description('print a script that completes this command')
  .argument('<shell>', 'bash, zsh or fish')
  .action((shell: string) => {
    const known: readonly string[] = ['bash', 'zsh', 'fish'];
    if (!known.includes(shell))
      program.error(`completion: expected bash, zsh or fish, got ${JSON.stringify(shell)}`);
    process.stdout.write(completionScript(shell as Shell, program));
  });

addCredentialOptions(program);

try {
  await program.parseAsync();
} catch (thrown) {
  process.stderr.write(`forehand: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = 1;
}
