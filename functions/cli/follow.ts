import { titleOf } from "../core/model.ts";
import type { World } from "../core/ports.ts";
import { counted, listSome } from "./text.ts";

/** A pass seen from outside, through what it asks of its world and sends to Cloud Map. */
export type Follower = {
  /** The same world, whose steps show as they begin. */
  readonly follow: (world: World) => World;
  /** Told of each call to Cloud Map that is sent. */
  readonly noteCall: (operation: string) => void;
  /** Told of each that was refused for the moment, and will be sent again. */
  readonly noteThrottle: (operation: string) => void;
  /** What the pass has changed so far, for somebody who interrupts it. */
  readonly left: () => string;
};

/** So many services are named in a line that shows a step. */
const NAMED = 3;
const WRITES = new Set(["RegisterInstance", "DeregisterInstance", "UpdateInstanceCustomHealthStatus"]);

/** Shows each step of a pass as it begins, and counts what it changes. `verb`: what completes it after an interrupt. */
export function createFollower(show: (step: string) => void, verb: "apply" | "destroy"): Follower {
  const underWay = new Map<string, string>();
  let asked = 0;
  let sent = 0;
  let made = 0;
  const count = (operation: string, by: 1 | -1) => {
    if (!WRITES.has(operation)) return;
    sent += by;
    show(
      `writing ${Math.min(sent, asked)} of ${counted(asked, "change")}: ${listSome([...underWay.values()].toSorted(), NAMED)}`,
    );
  };
  return {
    noteCall: (operation) => count(operation, 1),
    noteThrottle: (operation) => count(operation, -1),
    left: () => leftBehind({ asked, sent: Math.min(sent, asked), made }, underWay, verb),
    follow: (world) => {
      const { cluster, registry } = world;
      return {
        ...world,
        cluster: {
          ...cluster,
          listPods: (queries, until, keep) => {
            show("listing pods");
            return cluster.listPods(queries, until, keep);
          },
        },
        registry: {
          ...registry,
          listServicesIn: (namespace, until, how) => {
            show("reading what claims services, and the services of Cloud Map");
            return registry.listServicesIn(namespace, until, how);
          },
          listInstances: (service, until) => {
            show(`reading the instances of ${service.name}`);
            return registry.listInstances(service, until);
          },
          createService: (namespace, name, kind, until) => {
            show(`creating service ${name}`);
            return registry.createService(namespace, name, kind, until);
          },
          apply: async (service, changes, times) => {
            asked += changes.length;
            underWay.set(titleOf(service), service.name);
            const outcomes = await registry.apply(service, changes, times);
            underWay.delete(titleOf(service));
            made += outcomes.filter(({ result }) => result === "done").length;
            asked -= outcomes.filter(({ result }) => result === "not-begun").length;
            return outcomes;
          },
        },
      };
    },
  };
}

type Counts = { readonly asked: number; readonly sent: number; readonly made: number };

function leftBehind(
  { asked, sent, made }: Counts,
  underWay: ReadonlyMap<string, string>,
  verb: "apply" | "destroy",
): string {
  if (sent === 0) return "interrupted: no instance was changed";
  const names = underWay.size === 0 ? "" : ` (now ${[...underWay.keys()].toSorted().join(", ")})`;
  return [
    `interrupted: ${sent} of ${counted(asked, "change")} sent to Cloud Map${names}, ${made} of them confirmed`,
    "what was sent takes effect",
    verb === "apply"
      ? "registrations go before removals, so no living pod lost its instance; run apply again to complete it"
      : "run destroy again to remove the rest",
  ].join("; ");
}
