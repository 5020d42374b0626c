import fc from 'fast-check';
import { CORPUS, type MessageKind } from './corpus.ts';
import { spice } from './spice.ts';

/** Where in a message, as a share of its length: so that it stays there while the message shrinks. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

type Mutation = (text: string) => string;

const at = (text: string, share: number): number => Math.floor(share * (text.length + 1));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, spice).map(
    ([share, what]): Mutation =>
      (text) =>
        text.slice(0, at(text, share)) + what + text.slice(at(text, share)),
  ),
  fc.tuple(place, spice).map(
    ([share, what]): Mutation =>
      (text) =>
        text.slice(0, at(text, share)) + what + text.slice(at(text, share) + what.length),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 12 })).map(
    ([share, count]): Mutation =>
      (text) =>
        text.slice(0, at(text, share)) + text.slice(at(text, share) + count),
  ),
  fc.tuple(place, place).map(
    ([share, other]): Mutation =>
      (text) => {
        const lines = text.split('\r\n');
        const line = lines[Math.floor(share * lines.length)] ?? '';
        lines.splice(Math.floor(other * lines.length), 0, line);
        return lines.join('\r\n');
      },
  ),
  fc.tuple(place, place).map(
    ([share, other]): Mutation =>
      (text) => {
        const [from, to] = [at(text, share), at(text, other)].sort((a, b) => a - b) as [number, number];
        return text.slice(0, to) + text.slice(from);
      },
  ),
);

/** Messages of the corpus with one to four faults. */
export const mutated = (kind: MessageKind): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...CORPUS[kind]), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([text, mutations]) => mutations.reduce((current, mutate) => mutate(current), text));

/** Two messages cut into one. */
export const spliced = (kind: MessageKind): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...CORPUS[kind]), fc.constantFrom(...CORPUS[kind]), place, place)
    .map(([a, b, cutA, cutB]) => a.slice(0, at(a, cutA)) + b.slice(at(b, cutB)));
