import { apacheText } from './access-log-escape.ts';
import { type LineFormat, refererOf, targetOf } from './access-log-line.ts';
import { apacheDate, SecondTexts } from './access-log-times.ts';

const orDash = (text: string | undefined): string => (text === undefined ? '-' : apacheText(text));

/**
 * Apache's combined format, `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, where `%h` is the client's address
 * and `%t` the time at which the request came. `%u` is always a dash.
 */
export const combinedFormat = (keepsQuery: boolean): LineFormat => {
  const dates = new SecondTexts(apacheDate);
  return (exchange, startedAt) => {
    const { clientIp, method, protocol, status, bytesOut, userAgent } = exchange;
    const from = apacheText(clientIp) || '-';
    const date = dates.of(Math.floor(startedAt / 1000));
    const target = targetOf(exchange, keepsQuery, apacheText);
    const version = protocol ? ` ${apacheText(protocol)}` : '';
    const request = method ? `${apacheText(method)} ${target}${version}` : '-';
    const referer = orDash(refererOf(exchange, keepsQuery));
    return `${from} - - [${date}] "${request}" ${status || '-'} ${bytesOut || '-'} "${referer}" "${orDash(userAgent)}"\n`;
  };
};
