import { useSignal } from '@preact/signals';
import { snapshot } from '../live/feed.ts';
import { likelyStep, testedSteps, testText } from '../state/test-text.ts';
import type { Shown } from './explain-asking.ts';
import type { Explained } from './explanation.tsx';

const kindOf = (pool: string, name: string): string =>
  snapshot.value?.chains
    .filter((chain) => chain.pool === pool)
    .flatMap(({ links }) => links)
    .find((link) => link.name === name)?.kind ?? 'filter';

const textOf = ({ question, decision }: Shown, { pool, steps }: Explained, index: number): string =>
  testText({
    question,
    pool,
    steps,
    index,
    kind: kindOf(pool, steps[index]?.name ?? ''),
    servers: (snapshot.value?.servers ?? []).filter((server) => server.pool === pool),
    seed: decision?.seed ?? 1,
  });

/** The clipboard is for pages of a safe origin only; elsewhere the text stands there to be copied. */
const copy = async (text: string): Promise<string> => {
  try {
    await navigator.clipboard.writeText(text);
    return 'Copied.';
  } catch {
    return 'The browser lets nobody copy here: take it from below.';
  }
};

/** A test with the servers and the request of a decision, for one of its functions. */
export const CopyTest = ({ shown, explained }: { readonly shown: Shown; readonly explained: Explained }) => {
  const index = useSignal(likelyStep(explained.steps));
  const said = useSignal('');
  const text = useSignal('');
  return (
    <div class="copy-test">
      <label>
        Function
        <select
          value={String(index.value)}
          onChange={({ currentTarget }) => {
            index.value = Number(currentTarget.value);
          }}
        >
          {testedSteps(explained.steps).map((i) => (
            <option key={i} value={String(i)}>
              {explained.steps[i]?.name}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        onClick={async () => {
          text.value = textOf(shown, explained, index.value);
          said.value = await copy(text.value);
        }}
      >
        Copy as test
      </button>
      <span class="dim small" role="status">
        {said}
      </span>
      {text.value ? (
        <details class="full">
          <summary>The test</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
          <pre class="code" tabIndex={0}>
            {text}
          </pre>
        </details>
      ) : null}
    </div>
  );
};
