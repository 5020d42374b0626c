/** Where a server is asked for its load, unless the pool says another path (RFC 8615: a name for machines to know). */
export const PROBE_PATH = '/.well-known/forehand/load';

/** The field in which a server says its load, in text form (ORCA). Lower case. */
export const LOAD_FIELD = 'endpoint-load-metrics';
