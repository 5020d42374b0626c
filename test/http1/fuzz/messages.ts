import fc from 'fast-check';
import type { MessageKind } from './corpus.ts';
import { grown } from './grown-messages.ts';
import { mutated, spliced } from './mutated-messages.ts';

/** Messages, good and bad, one character a byte, as failures show them. Behind some of them stands more. */
export const messages = (kind: MessageKind): fc.Arbitrary<string> =>
  fc.oneof(grown(kind), mutated(kind), spliced(kind));
