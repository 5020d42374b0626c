/** One end of a connection. */
export interface ProxyEndpoint {
  /** IPv6 in its short form; IPv4 never in IPv6 form; empty for a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
}

/** The ends of the connection that a proxy in front of us has with its client. */
export interface ProxyEnds {
  readonly source: ProxyEndpoint;
  readonly destination: ProxyEndpoint;
}

/** What the first bytes of a connection say. */
export type ProxyScan =
  | { readonly kind: 'partial' }
  | {
      readonly kind: 'complete';
      /** Offset behind the header: where the client's own bytes begin. */
      readonly end: number;
      /** Undefined where the sender speaks for itself or knows nothing: the connection's own ends hold. */
      readonly ends: ProxyEnds | undefined;
    }
  | { readonly kind: 'malformed' };

/** So far this is a header of the PROXY protocol, and it goes on. */
export const PARTIAL: ProxyScan = { kind: 'partial' };

/** This is no header of the PROXY protocol, whatever follows. */
export const MALFORMED: ProxyScan = { kind: 'malformed' };
