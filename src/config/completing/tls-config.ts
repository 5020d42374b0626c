/** A certificate and its key, as texts in PEM form, and the names of their files as written. */
export interface Certificate {
  /** The certificate, then those that lead to its authority. */
  readonly cert: string;
  readonly certFile: string;
  /** A secret. */
  readonly key: string;
  readonly keyFile: string;
}

/** TLS towards clients. */
export interface ListenerTls {
  /** At least one. The first is for clients that name no host, or one that no certificate is for. */
  readonly certificates: readonly Certificate[];
  /** 48 bytes in base64 that session tickets are sealed with. A secret. */
  readonly ticketKeys?: string;
  readonly ticketKeysFile?: string;
  /** Authorities in PEM form; clients need a certificate of one of them. */
  readonly clientCa?: string;
  readonly clientCaFile?: string;
}

/** TLS towards servers whose URL is https. */
export interface ServerTls {
  /** The server's certificate has to be valid, and for its name. */
  readonly verify: boolean;
  /** The name that is asked for and verified; the host of the server's URL if left out. */
  readonly servername?: string;
  /** Authorities in PEM form; those of the system if left out. */
  readonly ca?: string;
  readonly caFile?: string;
  /** What is shown to servers that ask for a certificate; together with `key`. */
  readonly cert?: string;
  readonly certFile?: string;
  /** A secret. */
  readonly key?: string;
  readonly keyFile?: string;
}

/** TLS towards agents. */
export interface AgentsTls extends Certificate {
  /** Authorities in PEM form; agents need a certificate of one of them. */
  readonly clientCa?: string;
  readonly clientCaFile?: string;
}
