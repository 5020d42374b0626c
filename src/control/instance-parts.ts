import { createHash } from 'node:crypto';
import type { Config } from '../config/schema/schema.ts';
import { shownYaml } from '../config/shown/shown-yaml.ts';
import { watchStates } from './feed/state-watch.ts';
import { HostsAtRunTime } from './hosts/hosts-at-run-time.ts';
import type { Instance } from './instance.ts';
import type { TrafficSnapshot } from './metrics/traffic-counts.ts';
import { processClock } from './run-clock.ts';
import { poolViews, routeViews } from './views/pool-views.ts';
import type { AdminParts, ConfigView } from './views/views.ts';

/** Who counts, and what there is to see of servers. */
export interface CountedTraffic {
  servers(): ReturnType<AdminParts['servers']>;
  counts(): Pick<TrafficSnapshot, 'pools' | 'recent'>;
}

type InstanceParts = Pick<
  AdminParts,
  'hosts' | 'pools' | 'routes' | 'follow' | 'events' | 'config' | 'configStatus' | 'reload' | 'tryReload'
>;

/** The text and its sum are made once for each configuration. */
const configView = (instance: Instance): (() => ConfigView) => {
  let made: { readonly of: Config; readonly view: Omit<ConfigView, 'file'> } | undefined;
  return () => {
    const { config } = instance.model;
    if (made?.of !== config) {
      const yaml = shownYaml(config);
      made = { of: config, view: { yaml, sha256: createHash('sha256').update(yaml).digest('hex') } };
    }
    return { file: instance.status.file, ...made.view };
  };
};

/**
 * What the admin listener shows of a configuration at work, whoever carries its traffic. `watched`: told when somebody
 * begins to watch; what it gives back, when nobody does any more.
 */
export const instanceParts = (
  instance: Instance,
  traffic: CountedTraffic,
  watched: () => () => void,
): InstanceParts => {
  const since = processClock.now();
  const poolNames = (): readonly string[] => Object.keys(instance.model.config.pools);
  return {
    pools: (servers = traffic.servers()) =>
      poolViews({ names: poolNames(), servers, counts: traffic.counts(), now: processClock.now(), since }),
    hosts: new HostsAtRunTime(instance),
    routes: () => routeViews(instance.model.routeList, poolNames()),
    follow: (heard) => {
      const stops = [
        instance.events.follow((event) => heard.event(event)),
        watchStates(instance.board, processClock.now, () => heard.changed()),
        watched(),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    events: (newest) => instance.events.newest(newest),
    config: configView(instance),
    configStatus: () => instance.status,
    reload: () => instance.reload(),
    tryReload: () => instance.tryReload(),
  };
};
