import { expect, it } from 'vitest';
import { authorizationOf, type Credentials } from '../../../src/config/completing/credentials.ts';

it.each<[Credentials, string]>([
  [{ user: 'Aladdin', password: 'open sesame' }, 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
  // RFC 7617, 2.1: UTF-8.
  [{ user: 'test', password: '123\u00a3' }, 'Basic dGVzdDoxMjPCow=='],
  [{ bearer: 'mF_9.B5f-4.1JqM', bearerFile: 'f' }, 'Bearer mF_9.B5f-4.1JqM'],
])('%j are sent as %s', (credentials, expected) => {
  expect(authorizationOf(credentials)).toBe(expected);
});
