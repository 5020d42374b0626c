import { computed, type ReadonlySignal, signal } from '@preact/signals';

const follows = (query: string): ReadonlySignal<boolean> => {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener('change', () => {
    matches.value = list.matches;
  });
  return matches;
};

const isPhone = follows('(max-width: 760px)');
const isTablet = follows('(max-width: 1240px)');

/** The highest rank of columns that this screen has room for: 1 on phones, 2 on tablets, 3. */
export const shownRank = computed((): 1 | 2 | 3 => {
  if (isPhone.value) return 1;
  return isTablet.value ? 2 : 3;
});
