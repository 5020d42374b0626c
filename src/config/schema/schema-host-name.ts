import { z } from '../../core/options.ts';

/** Names what most people write too much of: a scheme, or a port. */
const hostFault = (text: string): string => {
  const given = `expected a host such as www.example.com or *.example.com, without port, got ${JSON.stringify(text)}`;
  const [, host] = /^(?:https?:\/\/)?([a-z0-9_*.-]+)(?::\d*)?\/?$/i.exec(text) ?? [];
  return host === undefined ? given : `${given}; write \`${host}\``;
};

/** The name of a host as requests have it: without port; `*.` in front for every name below it. Lower case. */
export const hostName = () => hostKey().transform((host) => host.toLowerCase());

/** The same as it was written, where it is a key. `__proto__` would be lost as one, and is nobody's name. */
export const hostKey = () =>
  z
    .string()
    .regex(/^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$|^\[[0-9a-f:.]+\]$/i, {
      error: ({ input }) => hostFault(String(input)),
    })
    .refine((host) => host.toLowerCase() !== '__proto__', {
      error: ({ input }) => hostFault(String(input)),
    });
