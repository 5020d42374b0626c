import type { FittedScenario } from '../recording/fit.ts';

const flow = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${key}: ${flow(one)}`)
    .join(', ')} }`;
};

/** A fitted scenario as the text of a scenario file; what is guessed stands in comments. */
export const fittedText = ({ scenario, notes }: FittedScenario): string => {
  const head = ['Fitted from recorded traffic by forehand simulate --fit.', ...notes];
  const lines = Object.entries(scenario).map(([key, value]) => `${key}: ${flow(value)}`);
  return `${[...head.map((note) => `# ${note}`), ...lines].join('\n')}\n`;
};
