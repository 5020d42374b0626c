import { signal } from '@preact/signals';
import { Modal } from './modal.tsx';

export const keysAreShown = signal(false);

const KEYS: readonly (readonly [string, string])[] = [
  ['1 – 7', 'the views, in the order of the tabs'],
  ['/', 'to the filter'],
  ['↑ ↓ Home End', 'from row to row in the table of servers'],
  ['Enter', 'opens what is known of a server'],
  ['m', 'the actions of a server'],
  ['Escape', 'closes what is open'],
  ['?', 'these keys'],
];

/** Which keys do what; nothing while nobody asks. */
export const KeysDialog = () =>
  keysAreShown.value ? (
    <Modal
      title="Keys"
      onClose={() => {
        keysAreShown.value = false;
      }}
    >
      <dl class="facts keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  ) : null;
