import type { Credentials } from "../connection.ts";

/** Where a credential comes from. */
export type Provider = {
  /** Asked before each request; remembers what it may. */
  readonly ask: () => Promise<Credentials>;
  /** Forgets it: it was refused. */
  readonly renew: () => void;
};
