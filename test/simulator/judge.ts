import type { Instance, Operation, Service } from "../emulators/cloudmap/state.ts";
import type { Call, Witness } from "./cloud.ts";
import type { Cluster } from "./cluster.ts";
import { livingPodOf } from "./oracle.ts";
import { ownershipOf } from "./ownership.ts";
import type { Pass } from "./passes.ts";
import { clusterOf } from "./stage.ts";
import type { Document } from "./story.ts";
import { createWanted } from "./wanted.ts";
import type { Scene, Wanted } from "./wanted.ts";

/** The rules, in the words of a failing seed. */
export type Rule =
  | "outside the allowed namespaces"
  | "a foreign instance was changed"
  | "a wanted instance was removed"
  | "a write was begun on an old list"
  | "a service was emptied before it was refilled"
  | "the last living instance went before what replaces it"
  | "an instance went before its pod's next one was there"
  | "something was written where nothing may be"
  | "a pass did not end in time"
  | "a pass failed as a whole"
  | "the registry did not converge"
  | "a second pass wrote again";

export type Violation = { readonly rule: Rule; readonly at: number; readonly what: string };

/** The oldest that a list may be when a write is begun on it, in milliseconds. */
const OLDEST_LIST = 20_000;
/** How long a watch may go by nodes and claims that it has read, in milliseconds. */
const NODES_MEMORY = 10_000;
const CLAIMS_MEMORY = 60_000;
/** From here on a service counts as full: there, one batch may go before it comes again. */
const FULL = 900;

export type Judge = Witness &
  Pick<Wanted, "refresh" | "services" | "wishesOf"> & {
    readonly violations: readonly Violation[];
    readonly blame: (rule: Rule, what: string) => void;
    /** Somebody else has written an instance. */
    readonly noteWritten: (service: Service, id: string) => void;
  };

/** A write that has arrived. `held`: what was there before it. */
type Write = {
  readonly pass: Pass;
  readonly operation: string;
  readonly service: Service;
  readonly id: string;
  readonly held: Instance | undefined;
  /** `namespace/name` of the service. */
  readonly name: string;
  /** For messages. */
  readonly text: string;
};

/** Holds every write against what was true when it was made. */
export function createJudge(scene: Scene, tell: (line: string) => void): Judge {
  const { time, clusters, cloud } = scene;
  const violations: Violation[] = [];
  const wanted = createWanted(scene);
  /** When an instance was last written, by service and id. */
  const writtenAt = new Map<string, number>();
  /** What was removed last under an id, and by whom. */
  const removed = new Map<string, { readonly held: Instance; readonly by: Pass | undefined }>();

  const blame = (rule: Rule, what: string) => {
    violations.push({ rule, at: time.now(), what });
    tell(`!! ${rule}: ${what}`);
  };
  const nameOf = (service: Service) =>
    `${cloud().world.namespaces.get(service.namespaceId)?.name ?? ""}/${service.name}`;
  const writeOf = ({ operation, input, pass }: Call): Write | undefined => {
    const address = String(input["ServiceId"]);
    const service = cloud().world.services.get(address.slice(address.lastIndexOf("/") + 1));
    if (service === undefined || pass === undefined) return undefined;
    const [id, name] = [String(input["InstanceId"]), nameOf(service)];
    const text = `${pass.name}: ${operation} ${name} ${id}`;
    return { pass, operation, service, id, held: service.instances.get(id), name, text };
  };

  /** Those that lists show, but for what the pass itself has on its way out, or another that shares its writes. */
  const shownIn = (service: Service, pass: Pass): Map<string, Instance> => {
    const { world, passOf } = cloud();
    const shown = new Map(service.instances);
    for (const [id, operation] of service.running) {
      const { effect } = operation;
      const isAccepted = world.options.switches.writesShow === "accepted";
      if (effect.kind === "deregister" && (isAccepted || isKnownTo(pass, passOf(operation)))) shown.delete(id);
      if (effect.kind === "register" && isAccepted) shown.set(id, effect.instance);
    }
    // What others have removed since it looked is still there for it.
    for (const [key, { held, by }] of removed) {
      const isUnseen = key.startsWith(`${service.id} `) && (writtenAt.get(key) ?? 0) > seenAt(pass, service.id);
      if (isUnseen && !isKnownTo(pass, by) && !shown.has(held.id)) shown.set(held.id, held);
    }
    return shown;
  };

  /** Up to when a pass has surely seen what others wrote. */
  const seenAt = ({ registryRead }: Pass, service: string) =>
    freshest(registryRead.get(service) ?? [], time.now()) - scene.lag;

  const judgeAge = ({ pass, name, text }: Write) => {
    const namespaces = namespacesOf(pass.document, clusterOf({ clusters: clusters() }, pass.document), name);
    const lists = [...pass.podLists].flatMap(([namespace, began]) => (namespaces.has(namespace) ? began : []));
    const age = time.now() - Math.max(...lists);
    if (lists.length > 0 && age > OLDEST_LIST)
      blame("a write was begun on an old list", `${text}, on a list ${(age / 1000).toFixed(1)} s old`);
  };

  const judgePlace = ({ pass, operation, service, id, held, text }: Write) => {
    const namespace = cloud().world.namespaces.get(service.namespaceId)?.name ?? "";
    if (!pass.document.namespaces.includes(namespace)) blame("outside the allowed namespaces", text);
    const registersNothing = pass.name.startsWith("destroy ");
    if (registersNothing && operation === "RegisterInstance") blame("something was written where nothing may be", text);
    if (pass.dryRun || pass.document.policy === "dry-run") blame("something was written where nothing may be", text);
    if (held === undefined) return;
    const cluster = clusterOf({ clusters: clusters() }, pass.document);
    const owned = ownershipOf(held.attributes, pass.document, cluster.uid);
    const isElsewhere = owned === "elsewhere" && livingPodOf(id, held.attributes, cluster, pass.document) === undefined;
    if (owned !== "foreign" && !isElsewhere) return;
    if ((writtenAt.get(`${service.id} ${id}`) ?? 0) < seenAt(pass, service.id))
      blame("a foreign instance was changed", text);
  };

  const judgeRemoval = (
    { pass, service, id, held, name, text }: Write,
    known: ReadonlySet<string>,
    serving: ReadonlySet<string>,
  ) => {
    if (serving.has(id)) return blame("a wanted instance was removed", text);
    if (held === undefined || known.size === 0) return undefined;
    const what = `${text}; wanted are ${[...known].join(" ")}`;
    const shown = shownIn(service, pass);
    shown.delete(id);
    // Whose instance it was when the pass looked was another pod, now and then: addresses are used again.
    const isRecent = (writtenAt.get(`${service.id} ${id}`) ?? 0) > seenAt(pass, service.id);
    if (isRecent) return undefined;
    const pod = livingPodOf(id, held.attributes, clusterOf({ clusters: clusters() }, pass.document), pass.document);
    // Of what was refused, or has failed, a pod that is gone does not wait.
    const hasFailed = [...known].some((one) => pass.failed.has(`${service.id} ${one}`));
    // With `whenAllUnready: remove` neither does one that is not ready.
    const isLetGo = pod?.isReady === false && hasFailed && pass.document.whenAllUnready === "remove";
    const waits = (pod !== undefined && !isLetGo) || (!hasFailed && !pass.isBlind);
    if (shown.size === 0 && waits) return blame("a service was emptied before it was refilled", what);
    if (pod === undefined || isLetGo || service.instances.size >= FULL) return undefined;
    const isLiving = (one: Instance) =>
      clusters().some((cluster) => livingPodOf(one.id, one.attributes, cluster, pass.document) !== undefined);
    // What another holds under a wanted id serves in its place.
    const serves = (one: Instance) => known.has(one.id) || isLiving(one);
    if (!shown.values().some(serves)) return blame("the last living instance went before what replaces it", what);
    const missing = nextOf(pass, name, pod).find((one) => known.has(one) && !shown.has(one));
    if (missing === undefined) return undefined;
    return blame("an instance went before its pod's next one was there", `${text}; its next is ${missing}`);
  };

  /** The ids that a pod's instances should have. */
  const nextOf = ({ index }: Pass, name: string, pod: object): readonly string[] => {
    const service = wanted.services().find((one) => `${one.namespace}/${one.name}` === name);
    if (service === undefined) return [];
    const ways = [...wanted.wishesOf(index, service).wanted];
    return ways.filter(([, wishes]) => wishes.some((wish) => wish.pod === pod)).map(([id]) => id);
  };

  const onEnd = (operation: Operation, isDone: boolean, before: Instance | undefined) => {
    const { effect } = operation;
    if (effect.kind !== "register" && effect.kind !== "deregister") return;
    const id = effect.kind === "register" ? effect.instance.id : effect.id;
    tell(`   ${isDone ? "done" : "failed"}: ${effect.kind} ${nameOf(effect.service)} ${id}`);
    if (!isDone) return;
    const key = `${effect.service.id} ${id}`;
    writtenAt.set(key, time.now());
    if (effect.kind === "register") removed.delete(key);
    else if (before !== undefined) removed.set(key, { held: before, by: cloud().passOf(operation) });
  };

  return {
    ...wanted,
    violations,
    blame,
    onBegin: (call) => {
      const write = writeOf(call);
      if (write !== undefined) judgeAge(write);
    },
    onArrival: (call) => {
      const write = writeOf(call);
      if (write === undefined) return () => {};
      const looked = whenLooked(write.pass, time.now());
      const known = wanted.before(write.pass.index, write.name, looked);
      const serving = wanted.servingBefore(write.pass.index, write.name, looked);
      return () => {
        tell(`   ${write.text}`);
        judgePlace(write);
        // A process knows a new document within a minute; until then it goes by the old one.
        const isCurrent = scene.documents[write.pass.index] === write.pass.document;
        if (write.operation === "DeregisterInstance" && !write.pass.force && isCurrent)
          judgeRemoval(write, known, serving);
      };
    },
    onEnd,
    noteWritten: (service, id) => void writtenAt.set(`${service.id} ${id}`, time.now()),
  };
}

/** Whether what another pass has begun is known to one: passes of a watch share it. */
function isKnownTo(pass: Pass, other: Pass | undefined): boolean {
  return other === pass || (pass.process.isFrequent && other?.process === pass.process);
}

/** What has been so since before all that a pass may go by now, it has seen. */
function whenLooked({ nodesRead, claimsRead, podLists, began, process }: Pass, now: number): number {
  // A watch may go by what it has read before.
  const nodesAt = process.isFrequent && nodesRead.length === 0 ? now - NODES_MEMORY : Infinity;
  const claimsAt = process.isFrequent && claimsRead.length === 0 ? now - CLAIMS_MEMORY : Infinity;
  const reads = [nodesRead, claimsRead, ...podLists.values()].filter((times) => times.length > 0);
  return Math.min(
    nodesAt,
    claimsAt,
    podLists.size === 0 ? began : Infinity,
    ...reads.map((times) => freshest(times, now)),
  );
}

/** The first of the reads that are young enough to go by; where none is, the last. Which one a write goes by cannot be told. */
function freshest(times: readonly number[], now: number): number {
  return times.find((at) => now - at <= OLDEST_LIST) ?? times.at(-1) ?? 0;
}

/** The Kubernetes namespaces that draw pods into a service. */
function namespacesOf({ mappings }: Document, { claims }: Cluster, name: string): ReadonlySet<string> {
  return new Set([
    ...mappings.filter((one) => `${one.namespace}/${one.service}` === name).map(({ pods }) => pods.namespace),
    ...claims
      .filter((one) => `${one.cloudMapNamespace}/${one.service}` === name && one.address !== "load-balancer")
      .map(({ namespace }) => namespace),
  ]);
}
