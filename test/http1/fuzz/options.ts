/** `FUZZ_CASES=1000000` for a long run. */
const CASES = Number(process.env['FUZZ_CASES'] ?? 20_000);
/** A long run has other cases each time; `FUZZ_SEED` repeats one: fast-check prints the seed of a failure. */
const SEED = Number(
  process.env['FUZZ_SEED'] ?? (process.env['FUZZ_CASES'] ? Date.now() % 2 ** 31 : 20_261_121),
);

/** What fast-check is told. `share`: of the cases of the whole run. */
export const fuzzOptions = (share: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: Math.ceil(CASES * share),
  seed: SEED,
});

/** Milliseconds for one test: far more than it needs. */
export const fuzzTimeout = 20_000 + CASES;
