import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needCommands } from './need-commands.ts';
import { type Place, type ProxyMaker, writeConfig } from './proxy.ts';
import { NGINX_USER, nginxPaths } from './servers.ts';

/** nginx, one worker, connections to its servers kept. `choice`: what its upstream says of how to choose. */
export const nginxBy =
  (choice: string): ProxyMaker =>
  (place) => {
    const file = writeConfig(place, nginxConfig(place, choice));
    return {
      command: needCommands('nginx').nginx,
      args: ['-p', place.rig.folder, '-e', 'stderr', '-c', file],
    };
  };

/** nginx as it is: one server after the other. */
export const nginx: ProxyMaker = nginxBy('');

const nginxConfig = ({ rig, name, port, serverPorts }: Place, choice: string): string => `
daemon off;
${NGINX_USER}
worker_processes 1;
pid ${join(rig.folder, `${name}.pid`)};
error_log stderr crit;
events { worker_connections 8192; }
http {
  ${nginxPaths(rig.folder, name)}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  upstream pool {
    ${choice}
    ${serverPorts.map((each) => `server 127.0.0.1:${each};`).join('\n    ')}
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://pool;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffers 32 8k;
      proxy_max_temp_file_size 0;
    }
  }
}
`;

/** HAProxy, one thread, connections to its servers shared by all clients, with this balance. */
export const haproxyBy =
  (balance: string): ProxyMaker =>
  (place) => {
    const file = writeConfig(place, haproxyConfig(place, balance));
    return { command: needCommands('haproxy').haproxy, args: ['-db', '-q', '-f', file] };
  };

/** HAProxy that takes one server after the other. */
export const haproxy: ProxyMaker = haproxyBy('roundrobin');

const haproxyConfig = ({ port, serverPorts }: Place, balance: string): string => `
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  option forwardfor
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:${port} backlog 4096
  default_backend pool
backend pool
  balance ${balance}
  default-server pool-purge-delay 60s
  ${serverPorts.map((each, i) => `server s${i} 127.0.0.1:${each}`).join('\n  ')}
`;

/** http-proxy with an agent that keeps connections. */
export const httpProxy: ProxyMaker = ({ port, serverPorts }) => {
  const script = fileURLToPath(new URL('./http-proxy-server.js', import.meta.url));
  return { command: process.execPath, args: [script, String(port), ...serverPorts.map(String)] };
};
