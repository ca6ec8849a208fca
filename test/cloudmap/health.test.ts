import { describe, expect, test } from "vitest";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import { awsJsonHandler } from "../emulators/aws-json.ts";
import { openClient } from "../emulators/cloudmap/fixture.ts";
import { findService } from "../emulators/cloudmap/identity.ts";
import { seedInstance } from "../emulators/cloudmap/seed.ts";
import { service as serviceOf } from "../support/builders.ts";
import { FAR, register, setHealth } from "./changes.ts";
import { openRegistry } from "./fixture.ts";

test("a health that was sent is what the registry shows within a minute, and Cloud Map's own word after that", async () => {
  let at = Date.now();
  const { registry, service } = await openRegistry({ hasCustomHealth: true, now: () => at });
  await registry.apply(service, [register("10.0.0.1", { health: "HEALTHY" })], FAR);
  await registry.apply(service, [setHealth("10.0.0.1", "UNHEALTHY")], FAR);
  const health = async () => (await registry.listInstances(service)).map((instance) => instance.health);
  expect(await health()).toEqual(["UNHEALTHY"]);
  at += 61_000;
  // The emulator's own clock stands still: the status never comes to show.
  expect(await health()).toEqual(["HEALTHY"]);
});

test("healths that were sent one after the other all show, and one that was not taken does not", async () => {
  const { world, registry, service } = await openRegistry({ hasCustomHealth: true });
  const ids = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
  const held = ids.map((id) => register(id, { health: "HEALTHY" }));
  await registry.apply(service, held, FAR);
  for (const id of ids.slice(0, 2)) await registry.apply(service, [setHealth(id, "UNHEALTHY")], FAR);
  world.options.fault = ({ operation }) =>
    operation === "UpdateInstanceCustomHealthStatus"
      ? { error: "InvalidInput", message: "no", status: 400 }
      : undefined;
  await registry.apply(service, [setHealth("10.0.0.3", "UNHEALTHY")], FAR);
  const healths = (await registry.listInstances(service)).map(({ health }) => health);
  expect(healths).toEqual(["UNHEALTHY", "UNHEALTHY", "HEALTHY"]);
});

describe("the health of instances", () => {
  test.each([
    ["of a service without a check of its own", false, ["10.0.0.1"]],
    ["of a service without instances", true, []],
  ])("%s is not asked for", async (_, hasCustomHealth, ids) => {
    const { registry, service, callsOf } = await openHolding(hasCustomHealth, ...ids);
    expect((await registry.listInstances(service)).map(({ health }) => health)).toEqual(ids.map(() => undefined));
    expect(callsOf("GetInstancesHealthStatus")).toEqual([]);
  });

  test("that went meanwhile is not known", async () => {
    const { world, registry, service } = await openHolding(true, "10.0.0.1");
    world.options.fault = ({ operation }) =>
      operation === "GetInstancesHealthStatus"
        ? { error: "InstanceNotFound", message: "no instance", status: 400 }
        : undefined;
    expect(await registry.listInstances(service)).toMatchObject([{ id: "10.0.0.1", health: undefined }]);
  });

  test("that Cloud Map does not know is not known", async () => {
    const { client } = await openClient(
      awsJsonHandler("Route53AutoNaming_v20170314", async (operation) =>
        operation === "ListInstances"
          ? { Instances: [{ Id: "10.0.0.1" }, { Id: "10.0.0.2", Attributes: { app: "web" } }, { Attributes: {} }] }
          : { Status: { "10.0.0.1": "UNKNOWN", "10.0.0.2": "UNHEALTHY" } },
      ),
    );
    const registry = createRegistry({
      client,
      namespaces: ["shop.local"],
      owner: "me",
      services: { ttl: 60, customHealth: false, tags: {} },
      rates: {},
    });
    expect(await registry.listInstances(serviceOf({ health: "custom" }))).toEqual([
      { id: "10.0.0.1", attributes: {}, health: undefined },
      { id: "10.0.0.2", attributes: { app: "web" }, health: "UNHEALTHY" },
    ]);
  });
});

/** The service holds instances with these ids. */
async function openHolding(hasCustomHealth: boolean, ...ids: readonly string[]) {
  const opened = await openRegistry({ hasCustomHealth });
  for (const id of ids) seedInstance(opened.world, findService(opened.world, opened.held.id), id);
  return opened;
}
