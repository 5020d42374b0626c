/** Small helpers to build the page. Text from elsewhere only ever becomes a text node. */

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export const byId = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
};

/**
 * An element with a class and children; a string child is text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export const make = (tag, className = '', ...children) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
};

/** Writes only what has changed, so that a selection by the reader stays.
 * @param {Node} node
 * @param {string} text
 */
export const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

/**
 * A tooltip that is there only while it says something.
 * @param {HTMLElement} element
 * @param {string} text
 */
export const setTitle = (element, text) => {
  if (element.title !== text) element.title = text;
};

/**
 * A bar; text beside it says the same.
 * @returns {{ node: HTMLElement, set(filled: number): void }}
 */
export const bar = () => {
  const fill = make('span', 'fill');
  const node = make('span', 'bar', fill);
  let shown = '';
  node.setAttribute('aria-hidden', 'true');
  return {
    node,
    /** @param {number} filled 0..1 */
    set(filled) {
      // A transform, unlike a width, needs no new layout of the table.
      const part = `scaleX(${Math.min(1, Math.max(0, filled)).toFixed(3)})`;
      if (shown === part) return;
      shown = part;
      fill.style.transform = part;
    },
  };
};

/**
 * @template Item
 * @typedef {{ node: HTMLElement, update(item: Item): void }} Shown
 */

/**
 * Keeps the children of a parent in step with a list: one element for each key, which stays the same element as long
 * as its key is there. So focus, opened details and scrolling survive an update.
 * @template Item
 * @param {Element} parent
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => Shown<Item>} create
 * @param {Element | null} [after] The child behind which the list begins; without it, at the start.
 * @returns {(items: readonly Item[]) => void}
 */
export const keyed = (parent, keyOf, create, after = null) => {
  /** @type {Map<string, Shown<Item>>} */
  const shown = new Map();
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, { node }] of shown) {
      if (keys.has(key)) continue;
      node.remove();
      shown.delete(key);
    }
    let place = after ? after.nextElementSibling : parent.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      const entry = shown.get(key) ?? create(item);
      shown.set(key, entry);
      entry.update(item);
      if (entry.node === place) place = place.nextElementSibling;
      else parent.insertBefore(entry.node, place);
    }
  };
};

/**
 * A table head. On narrow screens it is not seen: there each cell shows its own label.
 * @param {HTMLElement} table
 * @param {readonly { label: string, hint?: string, left?: boolean }[]} columns
 * @returns {HTMLElement}
 */
export const addHead = (table, columns) => {
  const row = make('tr');
  for (const { label, hint = '', left } of columns) {
    const cell = make('th', left ? 'left' : '', label);
    cell.scope = 'col';
    setTitle(cell, hint);
    row.append(cell);
  }
  const head = make('thead', '', row);
  table.append(head);
  return head;
};

/**
 * The "nothing yet" line of a section.
 * @param {string} id Of the list or table; the line's id is the same with `-none`.
 * @param {number} count
 */
export const showNone = (id, count) => {
  byId(id).hidden = count === 0;
  byId(`${id}-none`).hidden = count !== 0;
};
