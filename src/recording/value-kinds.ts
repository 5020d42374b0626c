/** Lengths of texts: up to 252 as they are; then these, with 32 bits behind them. */
export const ABSENT = 253;
export const LONG = 254;
export const WIDE = 255;
export const SHORT = 252;

/** The first byte of a value. */
export const VALUE = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  text: 5,
  list: 6,
  object: 7,
} as const;

/** Names that stats have nearly always: one byte each. The place is part of the format, so new ones go to the end. */
export const KNOWN_NAMES: readonly string[] = [
  'load1',
  'loadHighWater',
  'cpuIdle',
  'cpus',
  'memoryTotal',
  'memoryAvailable',
  'arriba',
  'arribaNominal',
  'arribaFrom',
  'runQueueDelay',
  'eventLoopDelay',
  'pressure',
  'cpu',
  'memory',
  'io',
  'throttled',
  'slots',
  'total',
  'available',
  'inFlight',
  'serviceTime',
  'custom',
  'requestCost',
  'hand',
  'told',
  'state',
  'weight',
  'reason',
  'until',
  'id',
  'url',
  'tags',
];
/** Places of names in that list. */
export const PLACE_OF: ReadonlyMap<string, number> = new Map(KNOWN_NAMES.map((name, i) => [name, i]));
/** The byte before a name that is not known. */
export const OTHER_NAME = 63;

/** High two bits of the byte before a name: how its value is written. Numbers come in what says the same in least bytes. */
export const NAMED = { double: 0, whole: 64, single: 128, value: 192 } as const;
