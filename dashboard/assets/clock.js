/** Times of the proxy on this page: its clock may differ from the browser's, and answers grow old between polls. */

/** Proxy's epoch minus the browser's, ms. */
let offset = 0;
/** When the last answer came, on the browser's monotonic clock. */
let answeredAt = Number.NaN;

/** @param {number} proxyNow Epoch ms in the answer that has just come. */
export const answered = (proxyNow) => {
  offset = proxyNow - Date.now();
  answeredAt = performance.now();
};

/** Milliseconds since the last answer; NaN before the first. */
export const sinceAnswer = () => performance.now() - answeredAt;

/** How long ago an epoch time of the proxy was, ms. @param {number} at */
export const sinceEpoch = (at) => Date.now() + offset - at;
