import type { JsonInput } from "../aws-json.ts";
import type { Right } from "./rights.ts";
import type { Operation } from "./state.ts";
import { DEFAULT_SWITCHES } from "./switches.ts";
import type { Switches } from "./switches.ts";

/** `count`: how many calls of this operation there have been, this one included. */
type FaultQuestion = { readonly operation: string; readonly input: JsonInput; readonly count: number };

/** `lose-answer`: the call takes effect, but the connection breaks before its answer. */
type Fault =
  | {
      readonly error: string;
      readonly message: string;
      readonly status: number;
      /** What the error carries besides. */
      readonly fields?: Readonly<Record<string, string>>;
    }
  | "break-connection"
  | "lose-answer";

type Rate = { readonly perSecond: number; readonly burst: number };

/** How an operation ends that would succeed: with an error, or never. */
type OperationFailure = { readonly code: string; readonly message: string } | "hang";

/** How Cloud Map behaves. `world.options` may be changed at any time. Times are milliseconds of the world's clock. */
export type CloudMapOptions = {
  fault: ((question: FaultQuestion) => Fault | undefined) | undefined;
  /** The rights that the caller's policies do not give; none is lacking where this is undefined. */
  lacks: ((right: Right) => boolean) | undefined;
  /** Before every answer, in milliseconds of real time. */
  latencyMs: number;
  /** Token buckets by operation; none: unlimited. */
  rates: Readonly<Record<string, Rate>>;
  /** From an asynchronous call to the end of its operation. Infinity holds operations until it is changed. */
  operationDelayMs: number;
  /** The same for each operation by itself, always the same for one, so that they end in another order than they began. */
  operationDelayOf: ((operation: Operation) => number) | undefined;
  failOperation: ((operation: Operation) => OperationFailure | undefined) | undefined;
  /** From UpdateInstanceCustomHealthStatus until the status shows: "approximately 30 seconds". */
  customHealthDelayMs: number;
  /** From the end of an operation until DiscoverInstances knows. */
  discoverDelayMs: number;
  /** The most things on a page, whatever MaxResults allows. */
  maxPageSize: number;
  /** Whether those whom a namespace is shared with may read and write the tags of what is in it. */
  sharesTagging: boolean;
  /** Cloud Map's quotas. */
  quotas: {
    readonly instancesPerService: number;
    readonly instancesPerNamespace: number;
    readonly namespaces: number;
    readonly customAttributes: number;
  };
  /** The primary private IPv4 address of each EC2 instance that may be registered by AWS_EC2_INSTANCE_ID. */
  ec2Addresses: Readonly<Record<string, string>>;
  switches: Switches;
};

/** For tests that are about something else than operations, on clocks that go as time does or stand still. */
export const AT_ONCE: Partial<CloudMapOptions> = { operationDelayMs: 0 };

/** As in life: an operation takes some seconds. */
export function defaultOptions(): CloudMapOptions {
  return {
    fault: undefined,
    lacks: undefined,
    latencyMs: 0,
    rates: {},
    operationDelayMs: 2_000,
    operationDelayOf: undefined,
    failOperation: undefined,
    customHealthDelayMs: 30_000,
    discoverDelayMs: 0,
    maxPageSize: 100,
    sharesTagging: false,
    // https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-limits.html
    quotas: { instancesPerService: 1_000, instancesPerNamespace: 2_000, namespaces: 50, customAttributes: 30 },
    ec2Addresses: {},
    switches: DEFAULT_SWITCHES,
  };
}
