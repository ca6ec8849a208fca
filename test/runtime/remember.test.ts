import { expect, test } from "vitest";
import type { Change } from "../../functions/core/model.ts";
import type { NamespaceRead, Outcome, Registry } from "../../functions/core/ports.ts";
import { rememberServices } from "../../functions/runtime/remember.ts";
import { namespace, service } from "../support/builders.ts";

const GONE: Change = { kind: "deregister", id: "10.0.0.1", pod: undefined, reason: "pod-gone" };

test("services are listed once a minute", async () => {
  const { registry, lists, pass } = open();
  await registry.listServices();
  pass(59_999);
  await registry.listServices();
  expect(lists()).toBe(1);
  pass(1);
  await registry.listServices();
  expect(lists()).toBe(2);
});

test.each<[string, Partial<Registry>, (registry: Registry) => Promise<unknown>]>([
  ["a creation", {}, (registry) => registry.createService(namespace(), "web", { records: ["A"], health: "none" })],
  [
    "instances that cannot be listed",
    { listInstances: () => Promise.reject(new Error("ServiceNotFound")) },
    (registry) => registry.listInstances(service()).catch(() => {}),
  ],
  [
    "a write that failed",
    { apply: () => Promise.resolve([{ change: GONE, result: "failed", error: new Error("ServiceNotFound") }]) },
    (registry) => registry.apply(service(), [GONE], { begin: Infinity, confirm: Infinity }),
  ],
])("services are listed anew after %s", async (_, behaviour, work) => {
  const { registry, lists } = open(behaviour);
  await registry.listServices();
  await work(registry);
  await registry.listServices();
  expect(lists()).toBe(2);
});

test("a namespace that could not be read is asked for again", async () => {
  const failed: NamespaceRead = { asked: "shop.local", read: { failure: new Error("throttled") } };
  const { registry, lists } = open({}, [failed]);
  await registry.listServices();
  await registry.listServices();
  expect(lists()).toBe(2);
});

test("passes that go well leave the list as it is", async () => {
  const { registry, lists } = open();
  await registry.listServices();
  await registry.listInstances(service());
  await registry.apply(service(), [GONE], { begin: Infinity, confirm: Infinity });
  await registry.listServices();
  expect(lists()).toBe(1);
});

function open(behaviour: Partial<Registry> = {}, namespaces: readonly NamespaceRead[] = []) {
  let count = 0;
  let now = 0;
  const done: readonly Outcome[] = [{ change: GONE, result: "done", at: 0 }];
  const registry = rememberServices(
    {
      listServices: () => {
        count += 1;
        return Promise.resolve(namespaces);
      },
      createService: () => Promise.resolve(service()),
      deleteService: () => Promise.resolve(false),
      listInstances: () => Promise.resolve([]),
      apply: () => Promise.resolve(done),
      ...behaviour,
    },
    () => now,
  );
  return {
    registry,
    lists: () => count,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}
