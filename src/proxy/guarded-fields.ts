import * as kind from '../http1/field-kind.ts';
import { lineCheck } from '../http1/field-lines.ts';

/** What says where a message ends, and what is for one connection (RFC 9110, 7.6.1). */
const FRAMING = [
  kind.CONTENT_LENGTH,
  kind.TRANSFER_ENCODING,
  kind.CONNECTION,
  kind.KEEP_ALIVE,
  kind.PROXY_CONNECTION,
  kind.TE,
  kind.TRAILER,
  kind.UPGRADE,
  kind.HTTP2_SETTINGS,
];

/** By kind: 1 for fields of a request that no rule takes out or adds. Those that we write ourselves stay ours. */
export const GUARDED_IN_REQUEST: Uint8Array = kind.kindTable(
  ...FRAMING,
  kind.HOST,
  kind.EXPECT,
  kind.MAX_FORWARDS,
  kind.VIA,
  kind.X_FORWARDED,
  kind.X_REQUEST_ID,
  kind.EXPLAIN,
);

/** The same for an answer. */
export const GUARDED_IN_ANSWER: Uint8Array = kind.kindTable(
  ...FRAMING,
  kind.DATE,
  kind.X_REQUEST_ID,
  kind.DECISION,
);

/** The last check of lines that rules add to a request. Throws a TypeError for what is no field line. */
export const requestLinesOf = lineCheck(GUARDED_IN_REQUEST);
/** The same for an answer, of a server or our own. */
export const answerLinesOf = lineCheck(GUARDED_IN_ANSWER);
