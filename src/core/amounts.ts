/** A number of requests, cores or milliseconds that can be counted with: from 0, and finite. */
export const isAmount = (value: number | undefined): value is number =>
  value !== undefined && value >= 0 && value < Number.POSITIVE_INFINITY;

/** A speed, weight or rate that can be divided by: above 0, and finite. */
export const isAbove0 = (value: number | undefined): value is number =>
  value !== undefined && value > 0 && value < Number.POSITIVE_INFINITY;
