import type { JsonInput } from "../aws-json.ts";
import { defaultOptions } from "./options.ts";
import type { CloudMapOptions } from "./options.ts";
import type { Namespace, Operation, Service, Tag } from "./state.ts";

/** `error`: the code of the error that answered it, or the fault that befell it. */
export type Call = { readonly operation: string; readonly at: number; readonly input: JsonInput; error?: string };

export type CloudMapWorld = {
  /** The account and region that calls are made in. */
  readonly account: string;
  readonly region: string;
  /** Milliseconds since the epoch; may be replaced. */
  now: () => number;
  readonly options: CloudMapOptions;
  readonly namespaces: Map<string, Namespace>;
  readonly services: Map<string, Service>;
  /** Those that were there, for calls that may not have heard of their end. */
  readonly deletedServices: Map<string, Service>;
  /** Every operation there has been. */
  readonly operations: Map<string, Operation>;
  /** Those under way, the oldest first. */
  readonly queue: Operation[];
  /** Those under way and those that hang, by what they work on. */
  readonly busy: Map<string, Operation>;
  /** By ARN. */
  readonly tags: Map<string, readonly Tag[]>;
  /** Every call, the oldest first; empty it with `calls.length = 0`. */
  readonly calls: Call[];
  lastOrder: number;
};

/** Cloud Map's state in one account and region. What is due by the clock is carried out with the next call. */
export function createCloudMap(
  options: Partial<CloudMapOptions> & {
    readonly now?: () => number;
    readonly account?: string;
    readonly region?: string;
  } = {},
): CloudMapWorld {
  const { now = Date.now, account = "123456789012", region = "us-west-2", ...behaviour } = options;
  return {
    account,
    region,
    now,
    options: { ...defaultOptions(), ...behaviour },
    namespaces: new Map(),
    services: new Map(),
    deletedServices: new Map(),
    operations: new Map(),
    queue: [],
    busy: new Map(),
    tags: new Map(),
    calls: [],
    lastOrder: 0,
  };
}
