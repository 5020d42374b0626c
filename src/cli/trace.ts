import type { TraceView } from '../control/views/views.ts';
import type { AdminChoice } from './admin-address.ts';
import { askApi } from './ask-api.ts';

/** Stands for no class at all. */
const OFF = 'off';

const sentence = ({ classes, known }: TraceView): string => {
  const others = known.filter((name) => !classes.includes(name));
  const on = classes.length === 0 ? 'The trace is off.' : `The trace follows ${classes.join(', ')}.`;
  return others.length === 0 ? on : `${on} It could follow ${others.join(', ')}.`;
};

/** `forehand trace [classes...]`: shows what the running proxy follows step by step in its log, or sets it. */
export const trace = async (
  names: readonly string[],
  options: AdminChoice & { readonly json?: boolean },
): Promise<void> => {
  const wanted = { classes: names.filter((name) => name !== OFF) };
  if (names.includes(OFF) && names.length > 1) throw new Error(`trace: ${OFF} stands alone`);
  const asked = { verb: 'trace', path: '/api/v1/trace' };
  const change = { ...asked, question: wanted, method: 'PUT' } as const;
  const view = (await askApi(options, names.length === 0 ? asked : change)) as TraceView;
  process.stdout.write(`${options.json ? JSON.stringify(view) : sentence(view)}\n`);
};
