import type { ServerOptions } from 'node:http2';
import type { HeadLimits } from '../../http1/limits.ts';

/** Requests of one session at a time. Browsers reckon with 100, and RFC 9113, 6.5.2 advises no fewer. */
const MOST_STREAMS = 100;
/** Content that a client may send ahead of us: on one stream, and on all of a session (Envoy's advice for the edge). */
const STREAM_WINDOW = 64 * 1024 - 1;
export const SESSION_WINDOW = 1024 * 1024;
/** What the size of a field list counts for each field, besides name and value (RFC 9113, 6.5.2). */
const FIELD_OVERHEAD = 32;
/** Megabytes that Node may hold for a session. */
const SESSION_MEMORY = 8;
/** Frames that are against the protocol, empty ones among them, before Node ends a session. */
const MOST_INVALID_FRAMES = 100;
/** Streams beyond MOST_STREAMS, which are refused, before Node ends a session. */
const MOST_REJECTED_STREAMS = 100;

/**
 * How node:http2 is to serve a session. Its limits for heads are a little above ours, which are the ones for HTTP/1.1:
 * what goes beyond those is answered 431, what goes beyond Node's is reset. A head may come in nine frames at most; that
 * limit is nghttp2's own (CVE-2024-28182).
 */
export const sessionOptions = ({ bytes, count }: HeadLimits): ServerOptions => ({
  settings: {
    maxConcurrentStreams: MOST_STREAMS,
    initialWindowSize: STREAM_WINDOW,
    maxHeaderListSize: bytes + FIELD_OVERHEAD * count,
    enableConnectProtocol: false,
  },
  // Cookies come one crumb a field.
  maxHeaderListPairs: 2 * count,
  maxSessionMemory: SESSION_MEMORY,
  maxSessionInvalidFrames: MOST_INVALID_FRAMES,
  maxSessionRejectedStreams: MOST_REJECTED_STREAMS,
});
