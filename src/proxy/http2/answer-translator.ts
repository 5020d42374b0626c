import type { OutgoingHttpHeaders } from 'node:http2';
import { BodyScanner, CHUNKED, responseBody, UNTIL_CLOSE } from '../../http1/body.ts';
import type { HeadLimits } from '../../http1/limits.ts';
import { ResponseHead, scanResponseHead } from '../../http1/response-head.ts';
import { answerFields, statusField, trailerFields } from './answer-fields.ts';

/** Who takes an answer in pieces. */
export interface AnswerSink {
  /** An interim answer. */
  inform(fields: OutgoingHttpHeaders): void;
  /** The head of the final answer. `isEmpty`: that is all of it. `mayTrail`: trailers may come behind the content. */
  begin(fields: OutgoingHttpHeaders, isEmpty: boolean, mayTrail: boolean): void;
  /** Content; at least one byte. The bytes are those that were given, or others that nobody else keeps. */
  content(bytes: Buffer): void;
  /** It is whole. Called once, and not for an answer that `begin` said was empty. */
  finish(trailers: OutgoingHttpHeaders | undefined): void;
}

/** Heads that the engine has composed are as large as it lets them be. */
const NO_LIMITS: HeadLimits = {
  bytes: Number.MAX_SAFE_INTEGER,
  count: Number.MAX_SAFE_INTEGER,
  target: Number.MAX_SAFE_INTEGER,
};
/** node:http2 sends no other status than 200 to 599, and no content with 205 (RFC 9110, 15.3.6). */
const LAST_STATUS = 599;
const RESET_CONTENT = 205;
/** Length of a trailer section without trailers. */
const NO_TRAILERS = 2;

/** Scanned heads are used up before anything else is scanned, so that one record serves all streams. */
const head = new ResponseHead();

/** Reads the one answer that the engine writes in HTTP/1.1 for a stream. Throws at what is no answer. */
export class AnswerTranslator {
  /** The answer is whole. */
  isDone = false;
  readonly #isHead: boolean;
  readonly #body = new BodyScanner();
  #held: Buffer | undefined = undefined;
  #hasBegun = false;
  /** The sink has been told that there is no content; what comes is thrown away. */
  #isMuted = false;

  /** @param isHead it answers HEAD. */
  constructor(isHead: boolean) {
    this.#isHead = isHead;
  }

  /** Takes what was written. Uses the bytes only until it returns, apart from what it hands to the sink. */
  take(given: Buffer, sink: AnswerSink): void {
    const bytes = this.#held === undefined ? given : Buffer.concat([this.#held, given]);
    this.#held = undefined;
    let at = 0;
    while (!this.#hasBegun && at < bytes.length) {
      const found = scanResponseHead(head, bytes, at, bytes.length, NO_LIMITS);
      if (found < 0) throw new TypeError(`the engine wrote no answer: ${head.fault}`);
      if (found === 0) {
        this.#held = Buffer.from(bytes.subarray(at));
        return;
      }
      at = found;
      if (head.status < 200) sink.inform(answerFields(head, bytes));
      else {
        this.#begin(bytes, at, sink);
        return;
      }
    }
    if (at < bytes.length && !this.isDone) this.#give(this.#take(bytes, at), sink);
  }

  /** Nothing more will be written. False: the answer is not whole. */
  end(sink: AnswerSink): boolean {
    if (this.isDone) return true;
    if (!this.#hasBegun || this.#body.mode !== UNTIL_CLOSE) return false;
    this.#finish(undefined, sink);
    return true;
  }

  #begin(bytes: Buffer, at: number, sink: AnswerSink): void {
    this.#hasBegun = true;
    const { status } = head;
    const fields = finalFields(head, bytes);
    const mode = responseBody(head, this.#isHead);
    const body = this.#body;
    body.begin(mode, head.contentLength, true);
    const content = this.#take(bytes, at);
    const mayTrail = mode === CHUNKED && (!body.done || body.trailers.length > NO_TRAILERS);
    this.#isMuted = !mayHaveContent(status) || (body.done && content.length === 0 && !mayTrail);
    sink.begin(fields, this.#isMuted, mayTrail && !this.#isMuted);
    this.#give(content, sink);
  }

  #take(bytes: Buffer, start: number): Buffer {
    const end = this.#body.take(bytes, start, bytes.length);
    if (end < 0) throw new TypeError(`the engine wrote no answer: ${this.#body.fault}`);
    return this.#body.replacement ?? bytes.subarray(start, end);
  }

  #give(content: Buffer, sink: AnswerSink): void {
    const { done, trailers } = this.#body;
    if (content.length > 0 && !this.#isMuted) sink.content(content);
    if (done) this.#finish(trailers.length > NO_TRAILERS ? trailerFields(trailers) : undefined, sink);
  }

  #finish(trailers: OutgoingHttpHeaders | undefined, sink: AnswerSink): void {
    this.isDone = true;
    if (!this.#isMuted) sink.finish(trailers);
  }
}

const mayHaveContent = (status: number): boolean => status <= LAST_STATUS && status !== RESET_CONTENT;

const finalFields = (scanned: ResponseHead, bytes: Buffer): OutgoingHttpHeaders => {
  const { status } = scanned;
  if (status > LAST_STATUS) return statusField(502);
  const fields = answerFields(scanned, bytes);
  if (status === RESET_CONTENT) fields['content-length'] = undefined;
  return fields;
};
