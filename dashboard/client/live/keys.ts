import { keysAreShown } from '../parts/keys-dialog.tsx';
import { go, VIEWS } from './place.ts';

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.matches('input, textarea, select');

/** The filter of this view; else that of the servers, once it is there. */
const toFilter = (): void => {
  const box = document.getElementById('filter');
  if (box) {
    box.focus();
    return;
  }
  go('servers');
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('filter')?.focus()));
};

const act = (key: string): boolean => {
  const view = VIEWS[Number(key) - 1];
  if (view) go(view);
  else if (key === '/') toFilter();
  else if (key === '?') keysAreShown.value = true;
  else return false;
  return true;
};

const pressed = (event: KeyboardEvent): void => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  if (document.querySelector('dialog[open]')) return;
  if (act(event.key)) event.preventDefault();
};

/** Listens for the keys that work everywhere. Gives a function that ends it. */
export const startKeys = (): (() => void) => {
  document.addEventListener('keydown', pressed);
  return () => document.removeEventListener('keydown', pressed);
};
