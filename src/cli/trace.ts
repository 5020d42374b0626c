import type { TraceView } from '../control/views.ts';
import { type AdminChoice, adminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';

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
  const address = await adminAddress(options);
  const { status, text } =
    names.length === 0
      ? await askAdmin(address, '/api/v1/trace')
      : await askAdmin(address, '/api/v1/trace', wanted, 'PUT');
  if (status !== 200) {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    throw new Error(`trace: ${error?.message ?? text}`);
  }
  process.stdout.write(options.json ? text : `${sentence(JSON.parse(text) as TraceView)}\n`);
};
