import type { FinishedExchange } from '../../core/exchange.ts';
import type { Millis } from '../../core/types.ts';

/** Which requests are worth a line. Of several conditions one is enough; with none, all requests are. */
export interface AccessLogFilter {
  readonly minDuration?: Millis | undefined;
  /** Statuses such as `404` and classes such as `5xx`. */
  readonly status?: readonly string[] | undefined;
  /** Those that were sent more than once: again after a failure, or as the copy of a hedge. */
  readonly retries?: boolean | undefined;
}

const STATUSES = 1000;

const statusTable = (wanted: readonly string[]): Uint8Array => {
  const table = new Uint8Array(STATUSES);
  for (const text of wanted) {
    const first = Number(text.replace('xx', '00'));
    table.fill(1, first, text.endsWith('xx') ? first + 100 : first + 1);
  }
  return table;
};

const wasSentAgain = ({ attempts, hedges = 0 }: FinishedExchange): boolean => attempts > 1 || hedges > 0;

/** The filter as a function. An exchange without an answer has no status. */
export const accessLogFilter = ({
  minDuration,
  status,
  retries = false,
}: AccessLogFilter): ((exchange: FinishedExchange) => boolean) => {
  if (minDuration === undefined && status === undefined && !retries) return () => true;
  const least = minDuration ?? Number.POSITIVE_INFINITY;
  const table = statusTable(status ?? []);
  return (exchange) =>
    exchange.duration >= least || table[exchange.status] === 1 || (retries && wasSentAgain(exchange));
};
