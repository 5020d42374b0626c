import { expect, it } from 'vitest';
import { type AccessLogFilter, accessLogFilter } from '../../../src/control/access-log/access-log-filter.ts';
import { anExchange } from '../an-exchange.ts';

it.each<[AccessLogFilter, number, number, boolean]>([
  [{}, 200, 1, true],
  [{}, 0, 1, true],
  [{ status: ['404'] }, 404, 1, true],
  [{ status: ['404'] }, 403, 1, false],
  [{ status: ['404'] }, 0, 1, false],
  [{ status: ['4xx', '503'] }, 400, 1, true],
  [{ status: ['4xx', '503'] }, 499, 1, true],
  [{ status: ['4xx', '503'] }, 500, 1, false],
  [{ status: ['4xx', '503'] }, 503, 1, true],
  [{ minDuration: 100 }, 200, 100, true],
  [{ minDuration: 100 }, 500, 99.9, false],
  [{ minDuration: 0 }, 200, 0, true],
  [{ minDuration: 100, status: ['5xx'] }, 200, 100, true],
  [{ minDuration: 100, status: ['5xx'] }, 500, 1, true],
  [{ minDuration: 100, status: ['5xx'] }, 200, 1, false],
])('%j: an answer of %i after %d ms is logged: %s', (filter, status, duration, isLogged) => {
  expect(accessLogFilter(filter)(anExchange({ status, duration }))).toBe(isLogged);
});

it.each<[AccessLogFilter, number, number, boolean]>([
  [{ retries: true }, 1, 0, false],
  [{ retries: true }, 2, 0, true],
  [{ retries: true }, 1, 1, true],
  [{ retries: true, status: ['200'] }, 1, 0, true],
  [{ retries: false }, 1, 0, true],
])('%j: a request after %i attempts and %i hedges is logged: %s', (filter, attempts, hedges, isLogged) => {
  expect(accessLogFilter(filter)(anExchange({ status: 200, attempts, hedges }))).toBe(isLogged);
});
