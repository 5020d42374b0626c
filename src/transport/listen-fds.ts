/** First descriptor that systemd hands over (SD_LISTEN_FDS_START). */
const FIRST = 3;

/** More than any unit hands over; a number beyond this is a mistake. */
const MOST = 1024;

/** A socket that somebody else bound, listens on and handed to this process. */
export interface HeldFd {
  /** `FileDescriptorName=` of the unit; undefined where no names are given. */
  readonly name: string | undefined;
  readonly fd: number;
}

/**
 * The sockets that systemd (or anything that speaks its protocol) hands to the process `pid`: LISTEN_PID, LISTEN_FDS
 * and LISTEN_FDNAMES of sd_listen_fds(3). Empty where they are meant for another process or not there at all; whoever
 * starts a child must take these variables out of its environment.
 * Throws Error with a sentence for variables that contradict themselves.
 */
export const listenFds = (
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): readonly HeldFd[] => {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = env;
  if (LISTEN_FDS === undefined || LISTEN_PID !== String(pid)) return [];
  const count = /^\d{1,9}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : MOST + 1;
  if (count > MOST) throw new Error(`LISTEN_FDS is no number of sockets: ${JSON.stringify(LISTEN_FDS)}`);
  const names = LISTEN_FDNAMES === undefined || count === 0 ? undefined : LISTEN_FDNAMES.split(':');
  if (names && names.length !== count) {
    throw new Error(`LISTEN_FDNAMES has ${names.length} names for ${count} sockets`);
  }
  return Array.from({ length: count }, (_, i) => ({ name: names?.[i], fd: FIRST + i }));
};
