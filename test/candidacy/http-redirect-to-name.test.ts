import { describe, expect, it } from 'vitest';
import { httpRedirectToName } from '../../candidacy/http-redirect-to-name.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';
import { faultsIn, made } from './support.ts';

const locationOf = (format: string | undefined, host: string, url: string): string | undefined => {
  const server = aServer({ url });
  const moment = aMoment({ request: aRequest({ host, path: '/p', query: 'q=1' }) });
  const servers = [server];
  expect(made(httpRedirectToName, format)(servers, moment)).toBe(servers);
  return moment.deliveries.get(server)?.location;
};

describe('HTTPRedirectToName', () => {
  it('sends a visitor of www.client.com to www-1.dc3.client.com', () => {
    expect(locationOf('%2S.%-1H', 'www.client.com', 'http://www-1.dc3.example.net')).toBe(
      'http://www-1.dc3.client.com/p?q=1',
    );
  });

  it("sends to the server's own name and port unless told otherwise", () => {
    expect(locationOf(undefined, 'www.client.com', 'https://www-1.dc3.example.net:8443')).toBe(
      'https://www-1.dc3.example.net:8443/p?q=1',
    );
  });

  it('answers a POST by 307 and takes a status', () => {
    const server = aServer({ url: 'http://a.example' });
    const moment = aMoment({ request: aRequest({ method: 'POST' }) });
    made(httpRedirectToName)([server], moment);
    expect(moment.deliveries.get(server)?.status).toBe(307);
    made(httpRedirectToName, { status: 308 })([server], moment);
    expect(moment.deliveries.get(server)?.status).toBe(308);
  });

  it('leaves a server to the proxy whose name cannot be made of a foreign Host', () => {
    expect(locationOf('%2S.%-1H', 'a"><script>', 'http://www-1.dc3.example.net')).toBeUndefined();
    expect(locationOf('%H', '', 'http://www-1.dc3.example.net')).toBeUndefined();
  });

  it.each(['%2X', '%', '%0S', ''])('refuses the format %j when options are read', (format) => {
    expect(faultsIn(httpRedirectToName, { format })).toHaveLength(1);
  });
});
