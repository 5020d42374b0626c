import { describe, expect, it } from 'vitest';
import { correctedRequests, isContradicted, requestsSinceReport } from '../../src/core/estimate.ts';
import { aServer } from '../../src/testing/index.ts';

const moment = (proxies: number) => ({ now: 0, proxies });

describe('correctedRequests', () => {
  it.each([
    { reported: 10, inFlight: 3, atReport: 3, proxies: 1, requests: 10, because: 'nothing changed' },
    { reported: 10, inFlight: 5, atReport: 3, proxies: 1, requests: 12, because: 'two were sent since' },
    { reported: 10, inFlight: 5, atReport: 3, proxies: 4, requests: 18, because: 'the others do as we do' },
    { reported: 10, inFlight: 1, atReport: 3, proxies: 4, requests: 2, because: 'eight ended' },
    { reported: 1, inFlight: 4, atReport: 9, proxies: 4, requests: 4, because: 'never below our own' },
    {
      reported: undefined,
      inFlight: 4,
      atReport: 1,
      proxies: 3,
      requests: 12,
      because: 'nobody counts there',
    },
  ])('is $requests when $because', ({ reported, inFlight, atReport, proxies, requests }) => {
    const stats = reported === undefined ? {} : { inFlight: reported };
    const server = aServer({ stats, inFlight, inFlightAtReport: atReport });
    expect(correctedRequests(server, moment(proxies))).toBe(requests);
  });
});

it('corrects a count that came with an answer or a probe by our own requests alone', () => {
  const facts = { stats: { inFlight: 10 }, inFlight: 5, inFlightAtReport: 3 };
  const requests = correctedRequests(aServer({ ...facts, isCountFresh: true }), moment(4));
  expect(requests).toBe(12);
});

describe('a count is contradicted', () => {
  it.each([
    { reported: 0, inFlight: 1, atReport: 1, is: true },
    { reported: 3, inFlight: 8, atReport: 8, is: true },
    { reported: 4, inFlight: 8, atReport: 8, is: false },
    { reported: 0, inFlight: 8, atReport: 0, is: false },
    { reported: 0, inFlight: 0, atReport: 8, is: false },
    { reported: undefined, inFlight: 8, atReport: 8, is: false },
  ])(
    '$is: $reported counted, $atReport of ours then and $inFlight now',
    ({ reported, inFlight, atReport, is }) => {
      const stats = reported === undefined ? {} : { inFlight: reported };
      expect(isContradicted(aServer({ stats, inFlight, inFlightAtReport: atReport }))).toBe(is);
    },
  );
});

describe('requestsSinceReport', () => {
  it.each([
    [5, 3, 1, 2],
    [5, 3, 4, 8],
    [3, 5, 4, 0],
  ])('with %d under way now and %d at the report, over %d proxies, is %d', (now, then, proxies, requests) => {
    const server = aServer({ inFlight: now, inFlightAtReport: then });
    expect(requestsSinceReport(server, moment(proxies))).toBe(requests);
  });
});
