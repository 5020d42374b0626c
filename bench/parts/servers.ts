import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { needCommands } from './need-commands.ts';
import { untilReady } from './probe.ts';
import type { Rig } from './rig.ts';

/** Ports of one nginx, which stand for so many servers. */
const SERVERS = 8;

/** As root nginx would run its worker as somebody who may not read our folder. */
export const NGINX_USER: string = process.getuid?.() === 0 ? 'user root;' : '';

/** Where nginx keeps what it is not to keep anywhere else. */
export const nginxPaths = (folder: string, name: string): string =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((each) => `${each}_temp_path ${join(folder, `${name}-${each}`)};`)
    .join('\n  ');

const config = (folder: string, ports: readonly number[]): string => `
daemon off;
${NGINX_USER}
worker_processes 1;
pid ${join(folder, 'servers.pid')};
error_log stderr crit;
events { worker_connections 8192; }
http {
  ${nginxPaths(folder, 'servers')}
  access_log off;
  default_type text/plain;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  sendfile on;
  open_file_cache max=100;
  server {
    ${ports.map((port) => `listen 127.0.0.1:${port} backlog=4096;`).join('\n    ')}
    location / { return 200 "${'x'.repeat(1024)}"; }
    location /64k { root ${folder}; }
  }
}
`;

/** Starts the servers that every proxy has for its pool, eight unless said otherwise, and answers with their ports. */
export const startServers = async (rig: Rig, core?: number, count = SERVERS): Promise<readonly number[]> => {
  const { nginx } = needCommands('nginx');
  const ports = await freePorts(count);
  const file = join(rig.folder, 'servers.conf');
  writeFileSync(file, config(rig.folder, ports));
  writeFileSync(join(rig.folder, '64k'), 'x'.repeat(65_536));
  const args = ['-p', rig.folder, '-e', 'stderr', '-c', file];
  const running = rig.start({ name: 'servers', command: nginx, args, core });
  for (const port of ports) await untilReady(running, `http://127.0.0.1:${port}/1k`);
  return ports;
};
