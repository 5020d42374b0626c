import { snapshot } from '../live/feed.ts';
import { go } from '../live/place.ts';
import { keyOf } from '../state/histories.ts';
import { openMenu } from './row-menu.tsx';

const serverOf = (row: HTMLElement) =>
  snapshot.value?.servers.find((server) => keyOf(server) === row.dataset['key']);

const act = (row: HTMLElement, key: string): boolean => {
  const server = serverOf(row);
  if (!server) return false;
  if (key === 'Enter') go('servers', server.pool, server.id);
  else if (key === 'm') openMenu(server, row.querySelector<HTMLElement>('.more') ?? row);
  else return false;
  return true;
};

const focusRow = (rows: readonly HTMLElement[], to: number): void => {
  const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
  if (!row) return;
  for (const one of rows) one.tabIndex = one === row ? 0 : -1;
  row.focus();
  row.scrollIntoView({ block: 'nearest' });
};

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** Keys while a row has the focus: arrows, Home and End move, Enter opens, `m` shows the menu. */
export const moveInTable = (event: KeyboardEvent): void => {
  const { target, currentTarget, key } = event;
  if (!(target instanceof HTMLTableRowElement) || !(currentTarget instanceof HTMLElement)) return;
  const rows = [...currentTarget.querySelectorAll<HTMLElement>('tr.server')];
  const at = rows.indexOf(target);
  const step = STEPS[key];
  if (step !== undefined) focusRow(rows, at + step);
  else if (key === 'Home') focusRow(rows, 0);
  else if (key === 'End') focusRow(rows, rows.length - 1);
  else if (!act(target, key)) return;
  event.preventDefault();
};
