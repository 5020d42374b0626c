/** The page's own colours for what is drawn on a canvas, which no style sheet reaches. */

/** A colour of the style sheet by its name without dashes, as it is now. */
export const colourOf = (name: string): string => {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};

/** Calls back when the colours have changed: the system's choice, or the reader's. Gives a function that ends it. */
export const onColours = (changed: () => void): (() => void) => {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  query.addEventListener('change', changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    query.removeEventListener('change', changed);
    observer.disconnect();
  };
};
