/** Waits until a condition holds; rejects when it does not in time. */
export const eventually = async (holds: () => unknown, what = 'it', patienceMs = 5000): Promise<void> => {
  const until = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not so in ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
