import type { Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DecisionView } from '../../../src/control/views/views.ts';
import { ask } from '../live/api.ts';
import { addDecisions, decisions, proxyNow } from '../live/feed.ts';
import { go, place } from '../live/place.ts';
import { None, Panel } from '../parts/panel.tsx';
import { age, millis, plural, words } from '../state/format.ts';
import { MOST_DECISIONS } from '../state/merging.ts';
import { CopyTest } from './copy-test.tsx';
import { askAgain, askForm, form, type Shown, showDecision, shown } from './explain-asking.ts';
import { deliveryText, Explanation, funnelText } from './explanation.tsx';

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: Signal<string>;
  readonly wide?: boolean;
  readonly list?: string;
  readonly hint?: string;
}

const Field = ({ name, label, value, wide = false, list, hint }: FieldProps) => (
  <label class={wide ? 'grow' : ''}>
    {label}
    <input
      name={name}
      value={value}
      list={list}
      placeholder={hint}
      required={wide}
      maxLength={8192}
      autocomplete="off"
      spellcheck={false}
      onInput={({ currentTarget }) => {
        value.value = currentTarget.value;
      }}
    />
  </label>
);

const AskForm = () => (
  <form
    class="ask"
    aria-label="Explain"
    onSubmit={(event) => {
      event.preventDefault();
      void askForm();
    }}
  >
    <Field name="url" label="URL or path" value={form.url} wide />
    <Field name="method" label="Method" value={form.method} list="methods" />
    <Field name="from" label="Client address" value={form.from} hint="127.0.0.1" />
    <label class="full">
      Header fields
      <textarea
        name="headers"
        rows={2}
        placeholder="name: value, one a line"
        spellcheck={false}
        value={form.headers}
        onInput={({ currentTarget }) => {
          form.headers.value = currentTarget.value;
        }}
      />
    </label>
    <button type="submit" class="primary">
      Explain
    </button>
    <datalist id="methods">
      {['GET', 'POST', 'PUT', 'DELETE'].map((method) => (
        <option key={method} value={method} />
      ))}
    </datalist>
  </form>
);

const outcomeText = ({ outcome }: DecisionView): string => {
  if (!outcome) return 'under way';
  const { termination, durationMs, attempts } = outcome;
  const ended = termination === 'ok' ? '' : `, ${words(termination)}`;
  return `${millis(durationMs)}${ended}${attempts > 1 ? `, ${plural(attempts, 'attempt')}` : ''}`;
};

const isBad = ({ outcome }: DecisionView): boolean =>
  outcome !== null && (outcome.status >= 500 || outcome.status === 0);

const statusText = ({ outcome }: DecisionView): string => (outcome ? String(outcome.status || '–') : '···');

const comparison = (before: Shown['decision'], after: Shown['answer']): string | undefined => {
  if (!before || !after) return undefined;
  const [then, now] = [deliveryText(before), deliveryText(after)];
  return then === now
    ? `The same with the stats of now: ${now}.`
    : `Then ${then}; with the stats of now ${now}.`;
};

const Answer = ({ one }: { readonly one: Shown }) => {
  const { decision, answer, fault } = one;
  const explained = answer ?? decision;
  const compared = comparison(decision, answer);
  return (
    <div id="explanation" aria-live="polite">
      {fault ? <p class="fault">{fault}</p> : null}
      {decision ? (
        <p class="dim small">
          {decision.request.method} {decision.request.host}
          {decision.request.path} from {decision.request.clientIp} · {statusText(decision)} ·{' '}
          {outcomeText(decision)}
        </p>
      ) : null}
      {compared ? <p class="compared">{compared}</p> : null}
      {explained ? <Explanation explained={explained} /> : null}
      {explained ? (
        <div class="buttons">
          <button type="button" onClick={() => void askAgain()}>
            Replay with the current stats
          </button>
          <CopyTest key={decision?.id ?? one.times} shown={one} explained={explained} />
        </div>
      ) : null}
    </div>
  );
};

const DecisionItem = ({ decision }: { readonly decision: DecisionView }) => (
  <li>
    <button
      type="button"
      class="decision"
      aria-current={shown.value?.decision?.id === decision.id ? 'true' : undefined}
      onClick={() => go('explain', decision.id)}
    >
      <span class="when dim">{age(proxyNow() - decision.at)}</span>
      <span class={isBad(decision) ? 'status bad' : 'status'}>{statusText(decision)}</span>
      <span class="asked">
        <b>{decision.request.method}</b> {decision.request.host}
        {decision.request.path}
      </span>
      <span class="chosen">→ {deliveryText(decision)}</span>
      <span class="dim outcome">{outcomeText(decision)}</span>
      <span class="dim funnel-text">{funnelText(decision)}</span>
    </button>
  </li>
);

const useLinkedDecision = (): void => {
  const [id] = place.value.rest;
  const linked = decisions.value.find((decision) => decision.id === id);
  useEffect(() => {
    if (linked) showDecision(linked);
  }, [linked?.id]);
};

const useMoreDecisions = (): void => {
  useEffect(() => {
    ask<readonly DecisionView[]>(`/api/v1/decisions?kind=sampled&limit=${MOST_DECISIONS}`).then(
      addDecisions,
      () => undefined,
    );
  }, []);
};

/** What the chain answers to a request, and why; asked now, or as it was decided. */
export const ExplainView = () => {
  useLinkedDecision();
  useMoreDecisions();
  return (
    <div class="columns">
      <Panel title="Explain" about="What the chain would answer now. Nothing is sent to a server.">
        <AskForm />
        {shown.value ? <Answer one={shown.value} /> : null}
      </Panel>
      <Panel title="Recent decisions" about="A sample, newest first. Choose one to see its steps.">
        {decisions.value.length === 0 ? <None>No decision has been looked at yet.</None> : null}
        <ol class="rows decisions" aria-label="Recent decisions">
          {decisions.value.map((decision) => (
            <DecisionItem key={decision.id} decision={decision} />
          ))}
        </ol>
      </Panel>
    </div>
  );
};
