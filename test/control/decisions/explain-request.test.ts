import { describe, expect, it } from 'vitest';
import { questionedRequest } from '../../../src/control/decisions/explain-request.ts';

describe('questionedRequest', () => {
  it('takes host, path and query from the URL', () => {
    const request = questionedRequest({ url: 'https://www.example.com:8443/api/x?a=1' });
    expect(request).toMatchObject({
      host: 'www.example.com',
      path: '/api/x',
      query: 'a=1',
      scheme: 'https',
      method: 'GET',
    });
  });

  it('lets a Host header speak for a bare path', () => {
    const request = questionedRequest({
      url: '/x',
      headers: { Host: 'Shop.example.com:80', Cookie: 'a=1; b=2=3' },
    });
    expect(request.host).toBe('shop.example.com');
    expect(request.header('HOST')).toBe('Shop.example.com:80');
    expect(request.cookie('b')).toBe('2=3');
  });

  it.each([
    [{ url: 'ftp://x/' }, 'expected http or https'],
    [{ url: 'http://[broken' }, 'expected a URL'],
    [{ url: '/', from: 'nowhere' }, 'expected an IP address'],
  ])('refuses %j', (question, message) => {
    expect(() => questionedRequest(question)).toThrow(message);
  });
});
