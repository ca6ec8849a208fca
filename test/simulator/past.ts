import type { Instance, Service } from "../emulators/cloudmap/state.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import type { VirtualTime } from "./clock.ts";

/** For how long what was is kept, in milliseconds. */
const KEPT = 60_000;

/** What lists that lag behind still show. */
export function createPast(world: CloudMapWorld, time: VirtualTime) {
  const kept: { readonly until: number; readonly instances: ReadonlyMap<string, ReadonlyMap<string, Instance>> }[] = [];
  return {
    /** Called before each change. */
    keep: () => {
      kept.push({
        until: time.now(),
        instances: new Map([...world.services].map(([id, { instances }]) => [id, new Map(instances)])),
      });
      while ((kept[0]?.until ?? Infinity) < time.now() - KEPT) kept.shift();
    },
    at: (when: number): CloudMapWorld => {
      const then = kept.find(({ until }) => until > when);
      if (then === undefined) return world;
      const services = [...world.services].map(([id, service]): [string, Service] => [
        id,
        { ...service, instances: new Map(then.instances.get(id) ?? []) },
      ]);
      return { ...world, services: new Map(services) };
    },
  };
}
