import { benchNode } from '../../agent/index.ts';

/** `forehand bench-node`: the number that an agent on this machine reports as its nominal arriba. */
export const benchThisNode = async (options: {
  readonly force?: boolean;
  readonly json?: boolean;
}): Promise<void> => {
  const result = await benchNode({ force: options.force === true });
  if (options.json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const how = result.cached
    ? 'measured before; --force measures again'
    : `spread ${(result.spread * 100).toFixed(1)} %`;
  process.stdout.write(
    `arriba ${Math.round(result.arriba)} for one core (1000 is the reference machine; ${how})\n`,
  );
};
