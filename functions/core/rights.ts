import type { CloudMapNamespace, Service } from "./model.ts";

/** A write that an identity may have the right to make, and on what. */
export type Write =
  | {
      readonly operation: "RegisterInstance" | "DeregisterInstance" | "UpdateInstanceCustomHealthStatus";
      readonly on: Service;
    }
  | { readonly operation: "CreateService"; readonly on: CloudMapNamespace };

/** A right that is missing: as a policy's `Action` has it, and AWS's own words. */
export type Denial = { readonly right: string; readonly words: string };

/** Asks whether a write would be allowed, and changes nothing. Undefined: it would. Throws where that is not told. */
export type AskRight = (write: Write) => Promise<Denial | undefined>;
