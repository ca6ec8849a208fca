import { titleOf } from "../core/model.ts";
import type { World } from "../core/ports.ts";
import { counted } from "./text.ts";

/** A pass seen from outside, through what it asks of its world. */
export type FollowedPass = {
  readonly world: World;
  /** What the pass has changed so far, for somebody who interrupts it. */
  readonly left: () => string;
};

/** Shows each step of a pass as it begins, and counts what it changes. */
export function followPass(world: World, show: (step: string) => void): FollowedPass {
  const { cluster, registry } = world;
  const underWay = new Map<string, number>();
  let made = 0;
  return {
    left: () => leftBehind(made, underWay),
    world: {
      ...world,
      cluster: {
        ...cluster,
        listPods: (queries, until) => {
          show("listing pods");
          return cluster.listPods(queries, until);
        },
      },
      registry: {
        ...registry,
        listServicesIn: (namespace, until, how) => {
          show("reading what claims services, and the services of Cloud Map");
          return registry.listServicesIn(namespace, until, how);
        },
        listInstances: (service, until) => {
          show(`reading the instances of ${titleOf(service)}`);
          return registry.listInstances(service, until);
        },
        createService: (namespace, name, kind, until) => {
          show(`creating service ${namespace.name}/${name}`);
          return registry.createService(namespace, name, kind, until);
        },
        apply: async (service, changes, times) => {
          show(`writing ${counted(changes.length, "change")} to ${titleOf(service)}`);
          underWay.set(titleOf(service), changes.length);
          const outcomes = await registry.apply(service, changes, times);
          underWay.delete(titleOf(service));
          made += outcomes.filter(({ result }) => result === "done").length;
          return outcomes;
        },
      },
    },
  };
}

function leftBehind(made: number, underWay: ReadonlyMap<string, number>): string {
  if (made === 0 && underWay.size === 0) return "interrupted: no instance was changed";
  const pending = [...underWay.values()].reduce((sum, count) => sum + count, 0);
  const names = [...underWay.keys()].toSorted().join(", ");
  return [
    `interrupted after ${counted(made, "change")}`,
    ...(pending === 0 ? [] : [`of ${pending} more (${names}) those that were sent take effect`]),
    "registrations go before removals, so no living pod lost its instance; run apply again to complete it",
  ].join("; ");
}
