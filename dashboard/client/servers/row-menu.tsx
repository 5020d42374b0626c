import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ServerView } from '../../../src/control/views/views.ts';
import { go } from '../live/place.ts';
import { learnSession, mayChange, session } from '../live/session.ts';
import { openOrder } from './order-dialog.tsx';

interface OpenMenu {
  readonly server: ServerView;
  /** Its button: the menu hangs below it, and gives the focus back to it. */
  readonly button: HTMLElement;
}

const open = signal<OpenMenu | undefined>(undefined);

/** Opens the menu of a row; asks first who this browser is, where that is not known yet. */
export const openMenu = (server: ServerView, button: HTMLElement): void => {
  void learnSession();
  open.value = { server, button };
};

const close = (): void => {
  const { button } = open.value ?? {};
  open.value = undefined;
  if (button?.isConnected) button.focus();
};

interface Item {
  readonly label: string;
  readonly act: (server: ServerView) => void;
}

const LOOKING: readonly Item[] = [{ label: 'Details', act: ({ pool, id }) => go('servers', pool, id) }];

const CHANGING: readonly Item[] = [
  { label: 'Drain…', act: (server) => openOrder(server, 'drain') },
  { label: 'Maintenance…', act: (server) => openOrder(server, 'maint') },
  { label: 'Ready…', act: (server) => openOrder(server, 'ready') },
  { label: 'Weight…', act: (server) => openOrder(server, 'weight') },
];

const WIDTH = 200;

const itemsIn = (menu: HTMLElement): readonly HTMLElement[] => [
  ...menu.querySelectorAll<HTMLElement>('[role=menuitem]'),
];

const move = (menu: HTMLElement, key: string): boolean => {
  const items = itemsIn(menu);
  const { activeElement } = document;
  const at = activeElement instanceof HTMLElement ? items.indexOf(activeElement) : -1;
  const places: Readonly<Record<string, number>> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  const to = places[key];
  if (to === undefined) return false;
  items[to]?.focus();
  return true;
};

/** Beside its button, and inside the window. */
const putBeside = (menu: HTMLElement, button: HTMLElement): void => {
  const { bottom, top, right } = button.getBoundingClientRect();
  const { offsetHeight } = menu;
  const below = bottom + offsetHeight + 8 <= innerHeight;
  menu.style.left = `${Math.max(8, Math.min(right - WIDTH, innerWidth - WIDTH - 8))}px`;
  menu.style.top = `${below ? bottom + 4 : Math.max(8, top - offsetHeight - 4)}px`;
};

const useOutside = (menu: { readonly current: HTMLElement | null }): void => {
  useEffect(() => {
    const outside = ({ target }: Event): void => {
      if (target instanceof Node && !menu.current?.contains(target)) open.value = undefined;
    };
    const scrolled = (): void => {
      open.value = undefined;
    };
    document.addEventListener('pointerdown', outside);
    addEventListener('resize', scrolled);
    return () => {
      document.removeEventListener('pointerdown', outside);
      removeEventListener('resize', scrolled);
    };
  }, [menu]);
};

const Menu = ({ server, button }: OpenMenu) => {
  const menu = useRef<HTMLDivElement>(null);
  useOutside(menu);
  const items = [...LOOKING, ...(mayChange() ? CHANGING : [])];
  useLayoutEffect(() => {
    if (!menu.current) return;
    putBeside(menu.current, button);
    if (!menu.current.contains(document.activeElement)) itemsIn(menu.current)[0]?.focus();
  }, [button, items.length]);
  return (
    <div
      ref={menu}
      class="menu"
      role="menu"
      aria-label={`Actions for ${server.id}`}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape' || event.key === 'Tab') close();
        else if (!move(event.currentTarget, event.key)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {items.map(({ label, act }) => (
        <button
          key={label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            close();
            act(server);
          }}
        >
          {label}
        </button>
      ))}
      {session.value?.scope === 'read' ? <p class="dim small note">This browser may look only.</p> : null}
    </div>
  );
};

/** The menu of the row that was asked for; nothing while none is. */
export const RowMenu = () => (open.value ? <Menu {...open.value} /> : null);
