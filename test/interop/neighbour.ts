import { onTestFinished } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { runHaproxy } from './haproxy.ts';
import { runNginx } from './nginx.ts';

/** Runs a proxy at `port` that sends everything to `next`. */
export type Neighbour = (port: number, next: number) => Promise<() => Promise<void>>;

/** nginx as a proxy that keeps its connections. */
export const nginxBefore: Neighbour = (port, next) =>
  runNginx(
    `
  client_max_body_size 0;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream next { server 127.0.0.1:${next}; keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://next;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }`,
    port,
  );

/** HAProxy as most people set it up. */
export const haproxyBefore: Neighbour = (port, next) =>
  runHaproxy(
    `
global
  maxconn 256
defaults
  mode http
  timeout connect 2s
  timeout client 15s
  timeout server 15s
  timeout tunnel 15s
listen front
  bind 127.0.0.1:${port}
  server next 127.0.0.1:${next}
`,
    port,
  );

/** Starts a neighbour for one test; gives its port. */
export const startNeighbour = async (neighbour: Neighbour, next: number): Promise<number> => {
  const [port = 0] = await freePorts(1);
  onTestFinished(await neighbour(port, next));
  return port;
};
