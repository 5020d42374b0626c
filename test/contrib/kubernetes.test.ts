import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseListenAddress } from '../../src/config/schema/address.ts';
import { adminRoutes } from '../../src/control/admin/admin-routes.ts';
import { addressOf, parseAddressRule, parseServerUrl, portOf } from '../../src/core/accept.ts';
import { readFrom } from '../config/support.ts';
import { fakeParts } from '../control/fake-views.ts';

/** What stands in the files, as far as these tests look at it. */
interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext?: object;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string; readonly items?: readonly { readonly path: string }[] };
}
interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly Container[];
    readonly volumes: readonly Volume[];
  };
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly serviceName?: string;
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>> & {
      readonly matchLabels?: Readonly<Record<string, string>>;
    };
    readonly template?: Pod;
    readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly ports?: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
    readonly ingress?: readonly {
      readonly ports: readonly { readonly port: string }[];
      readonly from?: readonly { readonly podSelector?: { readonly matchLabels: object } }[];
    }[];
  };
}

const folder = fileURLToPath(new URL('../../contrib/kubernetes/', import.meta.url));
const resourcesIn = (file: string): readonly Resource[] => {
  const documents = parseAllDocuments(readFileSync(`${folder}${file}`, 'utf8'), { uniqueKeys: true });
  for (const { errors, warnings } of documents) expect([...errors, ...warnings]).toEqual([]);
  return documents.map((document) => document.toJS() as Resource);
};

const all = [...resourcesIn('forehand.yaml'), ...resourcesIn('application.yaml')];
const the = (kind: string, name: string): Resource => {
  const found = all.filter((one) => one.kind === kind && one.metadata.name === name);
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return found[0]!;
};
const podOf = (kind: string, name: string): Pod => the(kind, name).spec!.template!;
const forehand = podOf('StatefulSet', 'forehand');
const [proxy] = forehand.spec.containers;
const application = podOf('Deployment', 'application');
const agent = application.spec.containers.find(({ name }) => name === 'agent')!;
const flag = (container: Container, name: string): readonly string[] =>
  (container.args ?? []).flatMap((arg, i, args) => (arg === name ? [args[i + 1] ?? ''] : []));

const CONFIG_FILE = flag(proxy!, '--config')[0] ?? '';
const text = the('ConfigMap', 'forehand').data?.['forehand.yaml'] ?? '';
const TOKEN = 'a-token-as-openssl-would-write-it';
const readIt = () =>
  readFrom(
    { file: CONFIG_FILE },
    {
      files: {
        [CONFIG_FILE]: text,
        '/run/secrets/forehand/admin-token': `${TOKEN}-1\n`,
        '/run/secrets/forehand/agents-token': `${TOKEN}-2\n`,
      },
    },
  );

describe('the configuration in the ConfigMap', () => {
  it('can be used, with the one warning that TLS is left to the network', async () => {
    const { warnings } = await readIt();
    expect(warnings.map(({ message }) => message)).toEqual([
      'tokens for the admin address 0.0.0.0:9090 go over the network in the clear',
    ]);
  });

  it('is mounted where the command looks for it, as are the secrets that it names', async () => {
    const { files } = await readIt();
    expect(files.length).toBe(3);
    for (const file of files) {
      const mount = proxy?.volumeMounts?.find(({ mountPath }) => file.startsWith(`${mountPath}/`));
      const volume = forehand.spec.volumes.find(({ name }) => name === mount?.name);
      expect(volume?.configMap?.name ?? volume?.secret?.secretName, file).toBe('forehand');
    }
  });

  it('listens at the ports that the container names', async () => {
    const { config } = await readIt();
    const portIn = (address: string): number => {
      const found = parseListenAddress(address);
      if (found?.kind !== 'tcp') throw new TypeError(`${address} has no port`);
      expect(found.host).toBe('0.0.0.0');
      return found.port;
    };
    const named = new Map(proxy?.ports?.map(({ name, containerPort }) => [name, containerPort]));
    expect(named.get('http')).toBe(portIn(config.listen[0]?.address ?? ''));
    expect(named.get('admin')).toBe(portIn(String(config.admin)));
    expect(named.get('agents')).toBe(portIn(config.agents?.listen[0] ?? ''));
  });

  it('takes the servers that the agents announce', async () => {
    const { config } = await readIt();
    const [url = ''] = flag(agent, '--url');
    const [pool = ''] = flag(agent, '--pool');
    expect(Object.keys(config.pools)).toContain(pool);
    const accept = config.pools[pool]?.accept ?? [];
    const at = (ip: string): boolean => {
      const announced = parseServerUrl(url.replace('$(POD_IP)', ip));
      if (!announced) throw new TypeError(`${url} is no URL of a server`);
      return accept.some((rule) => parseAddressRule(rule)?.allows(addressOf(announced), portOf(announced)));
    };
    expect(at('10.244.1.7')).toBe(true);
    expect(at('192.168.1.7')).toBe(false);
  });

  it('has time to end', async () => {
    const { shutdown } = (await readIt()).config;
    expect(shutdown.delay).toBe(5000);
    expect(forehand.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(
      shutdown.delay + shutdown.grace,
    );
  });
});

describe('the pods of forehand', () => {
  it('are probed at paths that need no credentials, on the port of the admin listener', () => {
    const routes = adminRoutes(fakeParts());
    for (const [probe, path] of [
      [proxy?.livenessProbe, '/livez'],
      [proxy?.readinessProbe, '/readyz'],
    ] as const) {
      expect(probe?.httpGet).toEqual({ path, port: 'admin' });
      expect(routes.has(path)).toBe(true);
    }
  });

  it('are found by every service, at ports that they have', () => {
    const ports = new Set(proxy?.ports?.map(({ name }) => name));
    const services = all.filter(({ kind }) => kind === 'Service');
    expect(services.map(({ metadata }) => metadata.name)).toEqual([
      'forehand',
      'forehand-agents',
      'forehand-admin',
    ]);
    for (const { spec } of services) {
      expect(forehand.metadata.labels).toMatchObject({ ...spec?.selector });
      for (const { targetPort } of spec?.ports ?? []) expect(ports).toContain(targetPort);
    }
  });

  it('have the name of the admin service for their admin listener', async () => {
    const { config } = await readIt();
    expect(config.adminHosts).toContain(the('Service', 'forehand-admin').metadata.name);
  });

  it.each([
    ['forehand', proxy!],
    ['agent', agent],
  ])('give nothing away to who breaks in: %s', (_, container) => {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).toContain('/tmp');
  });
});

describe('the agents', () => {
  it('report to every pod of forehand by its name in the headless service', () => {
    const { spec, metadata } = the('StatefulSet', 'forehand');
    const service = the('Service', spec?.serviceName ?? '');
    expect(service.spec?.clusterIP).toBe('None');
    const port = service.spec?.ports?.[0]?.port;
    const names = Array.from(
      { length: spec?.replicas ?? 0 },
      (_, i) => `http://${metadata.name}-${i}.${service.metadata.name}:${port}`,
    );
    expect(flag(agent, '--to')).toEqual(names);
  });

  it('speak for the container beside them, under the address and name of their pod', () => {
    const [url = ''] = flag(agent, '--url');
    const port = application.spec.containers[0]?.ports?.[0]?.containerPort;
    expect(url).toBe(`http://$(POD_IP):${port}`);
    expect(flag(agent, '--node')).toEqual(['$(POD_NAME)']);
    const env = new Map(agent.env?.map(({ name, valueFrom }) => [name, valueFrom]));
    expect(env.get('POD_IP')).toEqual({ fieldRef: { fieldPath: 'status.podIP' } });
    expect(env.get('POD_NAME')).toEqual({ fieldRef: { fieldPath: 'metadata.name' } });
  });

  it('share the token of agents with forehand, and see no other', () => {
    const [file = ''] = flag(agent, '--token-file');
    const mount = agent.volumeMounts?.find(({ mountPath }) => file.startsWith(`${mountPath}/`));
    const secret = application.spec.volumes.find(({ name }) => name === mount?.name)?.secret;
    expect(secret?.secretName).toBe('forehand');
    expect(secret?.items?.map(({ path }) => `${mount?.mountPath}/${path}`)).toEqual([file]);
  });

  it('are let through by the policy', () => {
    const policy = the('NetworkPolicy', 'forehand').spec;
    expect(forehand.metadata.labels).toMatchObject({ ...policy?.podSelector?.matchLabels });
    const rule = policy?.ingress?.find(({ ports }) => ports.some(({ port }) => port === 'agents'));
    expect(application.metadata.labels).toMatchObject({ ...rule?.from?.[0]?.podSelector?.matchLabels });
    const ports = new Set(proxy?.ports?.map(({ name }) => name));
    for (const { port } of policy?.ingress?.flatMap(({ ports }) => ports) ?? [])
      expect(ports).toContain(port);
  });
});
