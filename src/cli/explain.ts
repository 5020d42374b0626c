import type { ExplainAnswer, ExplainQuestion } from '../control/views/views.ts';
import type { AdminChoice } from './admin-address.ts';
import { askApi } from './ask-api.ts';
import { plainJson } from './plain-json.ts';
import { plainLine } from './plain-text.ts';

interface ExplainOptions extends AdminChoice {
  readonly header?: readonly string[];
  readonly method: string;
  readonly from: string;
  readonly json?: boolean;
}

const headersOf = (fields: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    if (colon < 1) throw new Error(`-H: expected "name: value", got ${JSON.stringify(field)}`);
    headers[field.slice(0, colon).trim()] = field.slice(colon + 1).trim();
  }
  return headers;
};

const stepLines = (answer: ExplainAnswer): readonly string[] =>
  answer.steps.flatMap(({ name, before, after, dropped, scores, note, us }) => [
    `  ${name.padEnd(18)} ${before} > ${after}   ${us} us${note === undefined ? '' : `   ${note}`}`,
    ...dropped.map(({ id, reason }) => `    - ${id}: ${reason}`),
    ...(scores ?? []).map(
      ({ id, score }) => `    ${id}: ${score === null ? 'no number' : Number(score.toPrecision(6))}`,
    ),
  ]);

const endLine = ({ chosen, delivery, redirect, ranked }: ExplainAnswer): string => {
  if (delivery === 'redirect') return `redirect ${redirect?.status} to ${redirect?.location}`;
  if (delivery === 'local') return 'served locally';
  if (delivery === 'refused') return 'no server: 503';
  const next = ranked.slice(1, 4);
  return `chosen: ${chosen}${next.length > 0 ? `   then: ${next.join(', ')}${ranked.length > 4 ? ', ...' : ''}` : ''}`;
};

const headLine = ({ route, pool, worker }: ExplainAnswer): string =>
  `route ${route}   pool ${pool || '-'}${worker === undefined ? '' : `   worker ${worker}`}`;

/** An explanation as lines for people: the reason in one sentence, then what each link did. */
export const explanationText = (answer: ExplainAnswer): string =>
  [answer.why, headLine(answer), ...stepLines(answer), endLine(answer), ''].map(plainLine).join('\n');

/** `forehand explain URL`: asks the running proxy, whose board has the live numbers. */
export const explainUrl = async (url: string, options: ExplainOptions): Promise<void> => {
  const { method, from } = options;
  const question: ExplainQuestion = { url, method, from, headers: headersOf(options.header ?? []) };
  const asked = { verb: 'explain', path: '/api/v1/explain', question };
  const answer = (await askApi(options, asked)) as ExplainAnswer;
  process.stdout.write(options.json ? `${plainJson(answer, 2)}\n` : explanationText(answer));
};
