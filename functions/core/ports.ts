import type { Change } from "./change.ts";
import type { BrokenClaim } from "./claim-problem.ts";
import type {
  Claim,
  CloudMapNamespace,
  Instance,
  KeepLabels,
  Node,
  Origin,
  Pod,
  PodQuery,
  Read,
  Service,
  ServiceKind,
} from "./model.ts";
import type { History } from "./history.ts";
import type { Settings, SourceSwitch } from "./settings.ts";

/** All that a reconcile touches. Emulators and in-memory ports are worlds too. */
export type World = {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly settings: Settings;
  /** What the passes of this process remember of those before them. */
  readonly history: History;
  /** The release of this tool. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Waits so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
};

/** Whether a list has to be as things are; what was known shortly before serves otherwise. */
export type Freshness = { readonly fresh: boolean };

/** `until`: when a read is given up, with an error that says so, in milliseconds since the epoch. */
export interface Cluster {
  /** Reads every source that is on. A source that fails is reported as such; it never throws. Fresh unless said otherwise. */
  listMappings(until: number, how?: Freshness): Promise<readonly SourceRead[]>;
  /**
   * Complete lists, each begun after the call, by `queryKey`. One that cannot be completed is a failure, never shorter. Of each
   * pod those labels are there that `keep` leaves, by default all.
   */
  listPods(
    queries: readonly PodQuery[],
    until: number,
    keep?: KeepLabels,
  ): Promise<ReadonlyMap<string, Read<readonly Pod[]>>>;
  /** Fresh unless said otherwise. */
  listNodes(until: number, how?: Freshness): Promise<NodesRead>;
  /** Whether the cluster holds any pod at all; without the right to ask that, whether any of `namespaces` does. */
  hasAnyPod(namespaces: readonly string[], until: number): Promise<boolean>;
}

/** `until`: milliseconds since the epoch at which a call is given up, with an error that says so. */
export interface Registry {
  /** The namespaces of the configuration, as they are written there. */
  listNamespaces(until?: number): Promise<readonly FoundNamespace[]>;
  /** The services of a namespace as they were within the last minute; `fresh`: as they are, for whoever needs their counts. */
  listServicesIn(namespace: CloudMapNamespace, until?: number, how?: Freshness): Promise<readonly Service[]>;
  /** Undefined: somebody else has created it meanwhile, or the time was up. Look again, plan again. */
  createService(
    namespace: CloudMapNamespace,
    name: string,
    kind: ServiceKind,
    until?: number,
  ): Promise<Service | undefined>;
  /** Deletes a service if this owner created it and it is empty; tells whether it did. */
  deleteService(service: Service, until?: number): Promise<boolean>;
  /** Every instance, with its custom health where the service has such a check. */
  listInstances(service: Service, until?: number): Promise<readonly Instance[]>;
  /** Carries out changes and confirms them. One outcome a change, in the order of the changes. */
  apply(service: Service, changes: readonly Change[], times: Times): Promise<readonly Outcome[]>;
}

/**
 * When to stop: no write is begun after `begin`, the last of them is waited for `patience` milliseconds, and nothing after `end`.
 * `seen`: when the list was begun that the changes are planned by. But for `patience` they are milliseconds since the epoch.
 */
export type Times = {
  readonly seen: number;
  readonly begin: number;
  readonly patience: number;
  readonly end: number;
};

export type ClaimsRead<C = Claim, B = BrokenClaim> = {
  readonly claims: readonly C[];
  readonly broken: readonly B[];
  /** Claims of objects that are there and that mean no pods any more, for good: what they registered goes. */
  readonly withdrawn?: readonly Withdrawn[];
  readonly doubts?: readonly Doubt[];
  /** The load balancers of all Services that have one, whether or not they claim; undefined where the source reads no Services. */
  readonly balancers?: readonly Pod[];
};

/** What an object in Kubernetes namespace `from` asks for and nothing comes of, which harms nobody: a warning. */
export type Doubt = { readonly from: string; readonly object: string; readonly problem: string };

export type Withdrawn = Pick<Claim, "namespace" | "service"> & { readonly from: string };

/** How what a source claims is told from what the others do. */
export type SourceTraits = {
  /** The attribute that every instance of its own carries; without one, any that no mapping claims may be its own. */
  readonly mark?: string;
  /** Whether none of its claims publishes pods that are not ready. */
  readonly hidesUnready?: boolean;
};

export type SourceRead = Pick<Origin, "source" | "rank"> &
  SourceTraits &
  (
    | ({ readonly state: "read" } & ClaimsRead)
    /** The cluster serves no such kind. `error` where the configuration says that it must. */
    | { readonly state: "absent"; readonly error: Error | undefined }
    /** `isOptional`: the source is `auto`, and this identity may not read it: no failure unless an instance is one of its own. */
    | { readonly state: "failed"; readonly error: Error; readonly isOptional?: boolean }
  );

export type NodesRead =
  /** `areMachinesUnknown`: EC2 was to be asked which machines are lost, and did not answer. */
  | {
      readonly state: "read";
      readonly nodes: ReadonlyMap<string, Node>;
      readonly warning?: string;
      readonly areMachinesUnknown?: boolean;
    }
  /** Zones are then carried over from the instances. */
  | {
      readonly state: "unreadable";
      readonly warning: string;
      /** Whether the list failed, and was not merely forbidden: then nothing is decided that nodes have a say in. */
      readonly isFailure?: boolean;
    }
  /** Not asked for: instances carry no zone. */
  | { readonly state: "off" };

/** `asked`: as the configuration names it. */
export type FoundNamespace = { readonly asked: string; readonly read: Read<CloudMapNamespace> };

export type NamespaceRead = {
  /** As the configuration names it. */
  readonly asked: string;
  readonly read: Read<{
    readonly namespace: CloudMapNamespace;
    readonly services: readonly Service[];
    /** Why `services` are none: they have not been listed, or could not be. */
    readonly unlisted?: "not-yet" | Error;
  }>;
};

/**
 * What became of a change.
 *
 * | result      | means                                                                                                      |
 * |-------------|------------------------------------------------------------------------------------------------------------|
 * | `done`      | a read, or the end of its operation, has confirmed it; `at`: when that was known, in ms since the epoch      |
 * | `pending`   | accepted, or another operation on the instance still runs, and nothing had confirmed it when waiting ended    |
 * | `not-begun` | never accepted: the time was up, or another operation on the instance was in the way. Look again, plan again |
 * | `quota`     | refused: the service or its namespace holds as many instances as it may                                      |
 * | `refused`   | the instance cannot be one of the service as it is, in AWS's words                                           |
 * | `failed`    | refused otherwise, or its operation failed                                                                   |
 */
export type Outcome = {
  readonly change: Change;
  /** Whether a pass that overlaps has sent it, and tells of it. */
  readonly isAnothers?: true;
} & (
  | { readonly result: "done"; readonly at: number }
  | { readonly result: "pending" | "not-begun" | "quota" }
  | { readonly result: "refused" | "failed"; readonly error: Error }
);

/** A kind of Kubernetes object, with the versions that a source understands, the preferred one first; `group` is empty for the core group. */
export type Resource = { readonly group: string; readonly versions: readonly string[]; readonly plural: string };

/** Every object of a kind, in the first of the versions that the cluster serves. Throws when the list cannot be completed. */
export type ListObjects = (
  resource: Resource,
  until?: number,
) => Promise<
  | { readonly state: "read"; readonly version: string; readonly objects: readonly unknown[] }
  | { readonly state: "absent" }
>;

/** One way to say in the cluster what belongs where: `functions/mappings/sources.ts` has them all. */
export type Source = SourceTraits & {
  /** As the configuration's `sources` call it. */
  readonly name: string;
  /** The objects that claim. */
  readonly resource: Resource;
  /** Whether it is on where the configuration says nothing. */
  readonly standard: SourceSwitch;
  /** What it reads, as the configuration's documentation has it. */
  readonly meaning: string;
  /** Throws when what it reads cannot be listed. */
  readonly read: (
    list: ListObjects,
  ) => Promise<
    ({ readonly state: "read" } & ClaimsRead<Unranked<Claim>, Unranked<BrokenClaim>>) | { readonly state: "absent" }
  >;
};

/** Before it is known where among the others its source stands. */
export type Unranked<T> = Omit<T, "origin"> & { readonly origin: Omit<Origin, "rank"> };
