import { expect, test } from "vitest";
import { createFollower } from "../../functions/cli/follow.ts";
import { instance, pod, service, settings } from "../support/builders.ts";
import { createMemoryWorld, memoryCluster, memoryRegistry } from "../support/memory-world.ts";

const NAME = "a-namespace-with-a-long-name.internal.example";

test("a step fits a line of 60 columns: how far it is comes first, then some of the services", () => {
  const steps: string[] = [];
  const { follow, noteCall } = createFollower((step) => steps.push(step), "apply");
  const world = createMemoryWorld(memoryCluster(pod()), memoryRegistry({}), [], settings());
  const { registry } = follow({ ...world, registry: { ...world.registry, apply: () => new Promise(() => {}) } });
  const namespace = { ...service().namespace, name: NAME };
  for (const name of ["orders", "web", "api", "payments", "users"])
    void registry.apply(
      service({ name, id: name, namespace }),
      [{ kind: "deregister", id: instance().id, pod: undefined, reason: "pod-gone" }],
      { seen: 0, begin: Infinity, patience: 0, end: Infinity },
    );
  noteCall("DeregisterInstance");
  expect(steps).toEqual(["writing 1 of 5 changes: api, orders, payments and 2 more"]);
  void registry.listInstances(service({ namespace }), Infinity);
  expect(steps.at(-1)).toBe("reading the instances of web");
});
