import { signal, useComputed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type {
  ConfigStatus,
  ConfigView as ConfigText,
  ReloadResult,
} from '../../../src/control/views/views.ts';
import { ask, messageOf, post } from '../live/api.ts';
import { snapshot } from '../live/feed.ts';
import { learnSession, mayChange } from '../live/session.ts';
import { type Fact, Facts } from '../parts/facts.tsx';
import { Badge, Moment } from '../parts/marks.tsx';
import { None, Panel } from '../parts/panel.tsx';

const text = signal('');
const fault = signal('');
const said = signal<ReloadResult | undefined>(undefined);
const isBusy = signal(false);

const readText = async (): Promise<void> => {
  try {
    const { yaml } = await ask<ConfigText>('/api/v1/config');
    text.value = yaml;
    fault.value = '';
  } catch (thrown) {
    fault.value = messageOf(thrown);
  }
};

/** 409: refused, and the answer says why. */
const REFUSED = 409;

const reload = async (): Promise<void> => {
  isBusy.value = true;
  try {
    said.value = await post<ReloadResult>('/api/v1/reload', {}, [REFUSED]);
  } catch (thrown) {
    said.value = { ok: false, text: messageOf(thrown), ignored: [] };
  }
  isBusy.value = false;
};

const factsOf = ({ file, loadedAt, lastResult, reloads }: ConfigStatus): readonly Fact[] => [
  ['File', file ?? 'from memory'],
  ['In use since', <Moment key="loaded" at={loadedAt} />],
  [
    'Last load',
    <Badge key="result" tone={lastResult === 'ok' ? 'good' : 'bad'}>
      {lastResult === 'ok' ? 'taken' : 'refused'}
    </Badge>,
  ],
  [
    'Reloads',
    reloads.ok + reloads.failed === 0 ? 'none yet' : `${reloads.ok} taken, ${reloads.failed} refused`,
  ],
];

const Said = () => {
  const result = said.value;
  if (!result) return null;
  const { ok, text: problems, ignored } = result;
  return (
    <div role="status">
      <p>{ok ? 'The configuration was loaded.' : 'The configuration was refused; the one before goes on.'}</p>
      {ignored.length > 0 ? <p>Waiting for a restart: {ignored.join(', ')}.</p> : null}
      {problems ? <pre class="code frame">{problems}</pre> : null}
    </div>
  );
};

const Status = ({ status }: { readonly status: ConfigStatus }) => (
  <>
    <Facts facts={factsOf(status)} />
    {status.lastError ? <pre class="code frame">{status.lastError}</pre> : null}
    {status.warnings.length > 0 ? (
      <>
        <h3>Warnings</h3>
        <ul class="rows">
          {status.warnings.map((warning) => (
            <li key={warning}>
              <pre class="code wrap">{warning.trim()}</pre>
            </li>
          ))}
        </ul>
      </>
    ) : null}
    <Said />
  </>
);

/** How the proxy marks a value that is as by default; what is empty says nothing either. */
const DEFAULT = /\s# default$|:\s(?:\[\]|\{\})$/;

/** Comments and defaults grey, keys in the accent; every piece is text. */
const Line = ({ line }: { readonly line: string }) => {
  if (DEFAULT.test(line)) return <span class="comment">{`${line}\n`}</span>;
  const [, before = line, key = '', after = ''] = /^(\s*(?:- )*)([\w."'/-]+:)((?:\s.*)?)$/.exec(line) ?? [];
  const comment = after.search(/\s#/);
  if (/^\s*#/.test(line)) return <span class="comment">{`${line}\n`}</span>;
  const [value, rest] = comment < 0 ? [after, ''] : [after.slice(0, comment), after.slice(comment)];
  return (
    <span>
      {before}
      {key ? <span class="key">{key}</span> : null}
      {key ? value : ''}
      {rest ? <span class="comment">{rest}</span> : null}
      {'\n'}
    </span>
  );
};

const Yaml = () => {
  if (fault.value) return <None>{fault.value}</None>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <pre class="code yaml" tabIndex={0}>
      {text.value.split('\n').map((line, i) => (
        <Line key={i} line={line} />
      ))}
    </pre>
  );
};

/** The configuration in use, how its last load went, and a way to load it again. */
export const ConfigView = () => {
  const status = useComputed(() => snapshot.value?.config);
  const loadedAt = status.value?.loadedAt;
  useEffect(() => {
    void learnSession();
  }, []);
  useEffect(() => {
    void readText();
  }, [loadedAt]);
  return (
    <>
      <Panel
        title="Config"
        tools={
          mayChange() ? (
            <button type="button" class="primary" disabled={isBusy} onClick={() => void reload()}>
              Reload
            </button>
          ) : null
        }
      >
        {status.value ? <Status status={status.value} /> : null}
      </Panel>
      <Panel
        title="Effective configuration"
        about="What was not written is filled in; grey is as by default; secrets are left out."
      >
        <Yaml />
      </Panel>
    </>
  );
};
