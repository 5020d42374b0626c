/** Calls `press` for every character typed. On a terminal keys work at once, from a pipe they come as they are sent. */
export const listenToKeys = (input: NodeJS.ReadStream, press: (key: string) => void): (() => void) => {
  const hear = (text: Buffer | string): void => {
    for (const key of String(text)) press(key);
  };
  if (input.isTTY) input.setRawMode(true);
  input.on('data', hear);
  input.on('error', () => undefined);
  input.resume();
  return () => {
    input.off('data', hear);
    if (input.isTTY) input.setRawMode(false);
    input.pause();
    // A pipe that its other end keeps open would keep this process from ending.
    if ('unref' in input) input.unref();
  };
};
