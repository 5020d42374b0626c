import { signal, useSignal } from '@preact/signals';
import type { ServerView } from '../../../src/control/views/views.ts';
import { messageOf, post } from '../live/api.ts';
import { Modal } from '../parts/modal.tsx';
import { decimal } from '../state/format.ts';

/** What somebody is about to do to a server. */
export type Wish = 'drain' | 'maint' | 'ready' | 'weight';

interface OpenOrder {
  readonly server: ServerView;
  readonly wish: Wish;
}

const open = signal<OpenOrder | undefined>(undefined);

/** Opens the form for a change of a server. */
export const openOrder = (server: ServerView, wish: Wish): void => {
  open.value = { server, wish };
};

const TITLES: Readonly<Record<Wish, (id: string) => string>> = {
  drain: (id) => `Drain ${id}`,
  maint: (id) => `Maintenance of ${id}`,
  ready: (id) => `Make ${id} ready`,
  weight: (id) => `Weight of ${id}`,
};

const ABOUT: Readonly<Record<Wish, string>> = {
  drain: 'It finishes what it has and gets no new requests.',
  maint: 'It gets no new requests. Use it while the machine is being worked on.',
  ready: 'Lifts what was set by hand: reports and checks say again how it is.',
  weight: '1 is as usual, 0.5 half of that, 0 nothing new.',
};

const VERBS: Readonly<Record<Wish, string>> = {
  drain: 'Drain',
  maint: 'Set maintenance',
  ready: 'Make ready',
  weight: 'Set weight',
};

/** The body for the API: nothing that was left empty. */
const orderOf = ({ server, wish }: OpenOrder, form: HTMLFormElement): Record<string, unknown> => {
  const fields = new FormData(form);
  const text = (name: string): string => String(fields.get(name) ?? '').trim();
  const [reason, lasts] = [text('reason'), text('for')];
  return {
    pool: server.pool,
    ...(wish === 'weight'
      ? { state: server.hand?.state ?? 'ready', weight: Number(text('weight')) }
      : { state: wish }),
    ...(reason ? { reason } : {}),
    ...(lasts ? { for: lasts } : {}),
  };
};

const Fields = ({ server, wish }: OpenOrder) => (
  <>
    {wish === 'weight' ? (
      <label>
        Weight
        <input
          name="weight"
          type="number"
          min="0"
          max="256"
          step="any"
          required
          defaultValue={decimal(server.weight)}
        />
      </label>
    ) : null}
    {wish === 'ready' ? null : (
      <>
        <label>
          Reason
          <input name="reason" maxLength={200} autocomplete="off" placeholder="for whoever looks next" />
        </label>
        <label>
          For
          <input
            name="for"
            list="order-times"
            autocomplete="off"
            pattern="\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*"
            title="a duration such as 10m or 2h"
            placeholder="until it is lifted"
          />
        </label>
        <datalist id="order-times">
          {['10m', '1h', '4h', '1d'].map((time) => (
            <option key={time} value={time} />
          ))}
        </datalist>
      </>
    )}
  </>
);

const OrderForm = (order: OpenOrder) => {
  const { server, wish } = order;
  const fault = useSignal('');
  const isBusy = useSignal(false);
  const submit = async (form: HTMLFormElement): Promise<void> => {
    isBusy.value = true;
    try {
      await post(`/api/v1/servers/${encodeURIComponent(server.id)}/state`, orderOf(order, form));
      open.value = undefined;
    } catch (thrown) {
      fault.value = messageOf(thrown);
      isBusy.value = false;
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      <p class="dim">{ABOUT[wish]}</p>
      <Fields {...order} />
      <p class="fault" role="alert">
        {fault}
      </p>
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy}>
          {VERBS[wish]}
        </button>
        <button
          type="button"
          onClick={() => {
            open.value = undefined;
          }}
        >
          Cancel
        </button>
      </div>
    </form>
  );
};

/** The form for the change that was asked for; nothing while none is. */
export const OrderDialog = () => {
  const order = open.value;
  if (!order) return null;
  return (
    <Modal
      title={TITLES[order.wish](order.server.id)}
      onClose={() => {
        open.value = undefined;
      }}
    >
      <OrderForm {...order} />
    </Modal>
  );
};
