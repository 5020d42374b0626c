import type { DoorParts } from '../../middleware/door-parts.ts';
import type { RuleDesk } from './rule-desk.ts';

const NOTHING = (): void => undefined;

/** The same parts of a door, which obeys the rules of routes too and answers from inside this process. */
export const withDoorRules = (rules: RuleDesk, parts: DoorParts): DoorParts => ({
  ...parts,
  get guard() {
    return rules.guard;
  },
  get refresh() {
    return rules.waits;
  },
  cookie: (server, request) => rules.sticky.cookie(server, request),
  local: (server, request) => rules.local.listener(server, request),
  // Nothing is counted of what no board has.
  begin: (server) => (rules.local.has(server) ? NOTHING : parts.begin(server)),
});
