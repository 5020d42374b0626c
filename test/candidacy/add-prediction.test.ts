import { describe, expect, it } from 'vitest';
import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byBusyChildren } from '../../candidacy/by-busy-children.ts';
import { byLoad } from '../../candidacy/by-load.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, made } from './support.ts';

describe('addPrediction', () => {
  it('hands on the very list that it got', () => {
    const servers = [aServer(), aServer()];
    expect(made(addPrediction)(servers, aMoment())).toBe(servers);
  });

  it.each([
    { reported: 10, inFlight: 7, atReport: 4, proxies: 2, requests: 16, predicted: 6 },
    { reported: 10, inFlight: 1, atReport: 4, proxies: 2, requests: 4, predicted: 0 },
    { reported: 0, inFlight: 5, atReport: 5, proxies: 1, requests: 5, predicted: 0 },
    { reported: undefined, inFlight: 3, atReport: 1, proxies: 2, requests: 6, predicted: 4 },
  ])('corrects $reported reported by $inFlight now and $atReport then', (given) => {
    const stats = given.reported === undefined ? {} : { inFlight: given.reported };
    const server = aServer({ stats, inFlight: given.inFlight, inFlightAtReport: given.atReport });
    const { estimate, predicted } = made(addPrediction);
    const moment = { now: 0, proxies: given.proxies };
    expect([estimate?.(server, moment), predicted?.(server, moment)]).toEqual([
      given.requests,
      given.predicted,
    ]);
  });

  it.each([
    ['byLoad', byLoad],
    ['byBusyChildren', byBusyChildren],
  ])('keeps %s from sending everything to one server between two reports', (_, order) => {
    const bench = new Bench([{ id: 'a' }, { id: 'b' }]);
    for (const id of ['a', 'b']) {
      bench.report(id, { load1: id === 'a' ? 1 : 1.5, slots: { total: 9, available: id === 'a' ? 8 : 7 } });
    }
    const sendTen = (links: Parameters<Bench['chain']>[0]) => {
      const chain = bench.chain(links);
      const chosen = Array.from({ length: 10 }, () => {
        const server = bench.decide(chain).chosen!;
        return { id: server.id, done: bench.board.begin(server, bench.now) };
      });
      for (const { done } of chosen)
        done({ kind: 'answered', status: 200, firstByte: 1, total: 1 }, bench.now);
      return chosen.filter(({ id }) => id === 'a').length;
    };
    expect(sendTen([order])).toBe(10);
    expect([5, 6]).toContain(sendTen([addPrediction, order]));
  });
});
