// Sees to the Debian packages that suites need: says which are there, which are missing, and how to get them.
// In CI a missing one is an error; elsewhere the suites that need it say loudly that they are skipped.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NEEDED = [
  { command: 'chromium', debian: 'chromium', suites: 'status page in a browser' },
  { command: 'openssl', debian: 'openssl', suites: 'TLS' },
  { command: 'nginx', debian: 'nginx-light', suites: 'working with nginx' },
  { command: 'haproxy', debian: 'haproxy', suites: 'working with HAProxy' },
  { command: 'curl', debian: 'curl', suites: 'working with curl' },
  { command: 'redis-server', debian: 'redis-server', suites: 'the driver for Redis' },
  { command: 'apache2', debian: 'apache2-bin', suites: 'heartbeats of httpd' },
  { command: 'ip', debian: 'iproute2', suites: 'a fleet in network namespaces' },
  { command: 'promtool', debian: 'prometheus', suites: 'metrics and alerts' },
];

const isThere = (command) =>
  // Debian keeps servers in a folder that not every user has in the path.
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const missing = NEEDED.filter(({ command }) => !isThere(command));
for (const { command, suites } of NEEDED) {
  console.log(
    `system package ${command}: ${isThere(command) ? 'found' : `MISSING (${suites} will be skipped)`}`,
  );
}
if (missing.length > 0) {
  console.log(`install with: apt-get install -y ${missing.map(({ debian }) => debian).join(' ')}`);
  if (process.env.CI) process.exit(1);
}
