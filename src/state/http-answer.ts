/** A proxy's answer to a report. */
export interface Answer {
  readonly status: number;
  /** The body, or its beginning. Of a 101 what came after its head: the other protocol, one character a byte. */
  readonly text: string;
  /** A field of the head, by its name in lower case; empty if it is not there. */
  readonly field: (name: string) => string;
  /** Another request may follow on the same connection. */
  readonly reusable: boolean;
}

/** The value of a field in the text of a head. `name`: plain letters and hyphens. */
const fieldIn =
  (head: string) =>
  (name: string): string =>
    new RegExp(`^${name}: *(.*?) *$`, 'im').exec(head)?.[1] ?? '';

const HEAD_END = '\r\n\r\n';

/** The chunks that have come so far. `whole`: the last one is among them, or what came are no chunks. */
const joinChunks = (body: string): { readonly text: string; readonly whole: boolean } => {
  let text = '';
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    if (end === -1) return { text, whole: false };
    const size = Number.parseInt(body.slice(at, end), 16);
    if (!(size > 0)) return { text, whole: true };
    text += body.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
};

/**
 * Reads an answer from the bytes that have come so far, one character each (latin1); undefined while more are needed.
 * `ended`: no more will come, so that what there is of a body is all of it. The connection is used again only after
 * a 204, which has no body that could be left in it.
 */
export const readAnswer = (bytes: string, ended: boolean): Answer | undefined => {
  const end = bytes.indexOf(HEAD_END);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(bytes)?.[1] ?? Number.NaN);
  if (end === -1 || Number.isNaN(status)) return undefined;
  const head = bytes.slice(0, end);
  const rest = bytes.slice(end + HEAD_END.length);
  const field = fieldIn(head);
  if (status === 101) return { status, text: rest, field, reusable: false };
  if (status < 200) return readAnswer(rest, ended);
  if (status === 204) return { status, text: '', field, reusable: !/^connection: *close/im.test(head) };
  const chunks = /^transfer-encoding: *chunked/im.test(head) ? joinChunks(rest) : undefined;
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.POSITIVE_INFINITY);
  if (!ended && !(chunks ? chunks.whole : rest.length >= length)) return undefined;
  return { status, text: Buffer.from(chunks?.text ?? rest, 'latin1').toString(), field, reusable: false };
};
