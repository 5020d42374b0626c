import { X509Certificate } from 'node:crypto';
import { type ClientRequest, type RequestOptions, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type ListenAddress, parseListenAddress } from '../config/schema/address.ts';
import { type AdminCredentials, adminCredentials, authorizationFor } from './admin-credentials.ts';

const TIME_LIMIT_MS = 10_000;
const SIZE_LIMIT = 64 * 1024 * 1024;

/** The running proxy could not be asked. */
export class Unreachable extends Error {}

export interface AdminAnswer {
  readonly status: number;
  readonly text: string;
}

const targetOf = (address: ListenAddress): RequestOptions =>
  address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };

/** Where a certificate is known, it has to be that one, and needs neither an authority nor the right name. */
const connectToOwn = (own: string, { host, port }: RequestOptions): TLSSocket => {
  const expected = new X509Certificate(own).fingerprint256;
  const socket = connect({ host: host ?? '', port: Number(port), rejectUnauthorized: false });
  socket.once('secureConnect', () => {
    if (socket.getPeerCertificate().fingerprint256 !== expected)
      socket.destroy(new Error('its certificate is not the one of the configuration'));
  });
  return socket;
};

const openRequest = (address: ListenAddress, isTls: boolean, options: RequestOptions): ClientRequest => {
  const target = { ...options, ...targetOf(address) };
  if (!isTls) return request(target);
  const { ca, own }: AdminCredentials = adminCredentials();
  // With an agent, createConnection would not be asked.
  if (own !== undefined) return requestTls({ ...target, createConnection: () => connectToOwn(own, target) });
  // By the name that was asked for, not by the Host field. An address is no name to be sent (RFC 6066, 3).
  const { host = '' } = target;
  const servername = host === null || isIP(host) !== 0 ? '' : host;
  return requestTls({ ...target, agent: false, servername, ...(ca === undefined ? {} : { ca }) });
};

/**
 * Asks the admin listener of a running proxy, by GET where there is no question and nothing is deleted, with the credentials of this process.
 * Rejects with Unreachable where none answers, the answer breaks off, or `signal` ends the wait.
 */
export const askAdmin = (
  admin: string,
  path: string,
  question?: unknown,
  method: 'POST' | 'PUT' | 'DELETE' = 'POST',
  signal?: AbortSignal,
): Promise<AdminAnswer> =>
  new Promise((resolve, reject) => {
    const isTls = /^https:/i.test(admin);
    const address = parseListenAddress(admin.replace(/^https:/i, 'http:'));
    if (!address) {
      reject(new Unreachable(`"${admin}" is not an address; write 127.0.0.1:9090 or unix:/path`));
      return;
    }
    const body = question === undefined ? undefined : JSON.stringify(question);
    const asksOnly = body === undefined && method !== 'DELETE';
    const authorization = authorizationFor(adminCredentials());
    const headers = {
      host: 'localhost',
      ...(asksOnly ? {} : { 'content-type': 'application/json' }),
      ...(authorization === undefined ? {} : { authorization }),
    };
    const fail = (error: Error): void =>
      reject(new Unreachable(`no proxy answers at ${admin}: ${error.message}`, { cause: error }));
    const options = { path, method: asksOnly ? 'GET' : method, headers, timeout: TIME_LIMIT_MS };
    const asked = openRequest(address, isTls, signal ? { ...options, signal } : options);
    asked.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
        if (text.length > SIZE_LIMIT) asked.destroy(new Error('the answer is too large'));
      });
      answer.on('error', fail);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${TIME_LIMIT_MS / 1000} s`)));
    asked.on('error', fail);
    asked.end(body);
  });
