import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMoment, aRequest, aServer, breaches } from 'forehand/testing';
import byTenant from './by-tenant.ts';

const servers = [aServer({ id: 'blue', tags: ['blue'] }), aServer({ id: 'red', tags: ['red'] })];
const momentOf = (tenant: string) => aMoment({ request: aRequest({ headers: { 'X-Tenant': tenant } }) });

test('a tenant goes to its own servers', () => {
  assert.deepEqual(byTenant(servers, momentOf('red')), [servers[1]]);
});

test('a tenant without servers goes anywhere', () => {
  assert.deepEqual(byTenant(servers, momentOf('green')), servers);
});

test('the contract holds', () => {
  assert.deepEqual(breaches(byTenant), []);
});
