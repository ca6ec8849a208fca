import { describe, expect, test } from "vitest";
import { createHistory } from "../../functions/core/history.ts";
import type { SourceRead } from "../../functions/core/ports.ts";
import { claim, claims, instance, pod, sourceOf } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import type { PortCall } from "../support/memory-world.ts";

/** Claims that a pass reads again for a second look, beside those that it began with. */

const web1 = pod();
const strayed = pod({ name: "web-2", ip: "10.0.0.2", labels: {} });
const doubted = { web: [instance(), instance({ id: "10.0.0.2", pod: "web-2" })] };
const ofApi = claim({
  service: "api",
  pods: { namespace: "shop", labelSelector: "app=api" },
  origin: { source: "configuration", rank: 0, name: "mappings[1]" },
});

test("a service that is claimed by then is not deleted as one that nobody claims", async () => {
  let time = 0;
  const run = async (second: SourceRead) => {
    const sources = [claims(claim())];
    const { registry } = await pass({
      pods: [web1, strayed],
      instances: { ...doubted, api: [] },
      sources,
      settings: { deleteServices: true },
      before: again("list-mappings", () => sources.splice(0, 1, second)),
      hooks: { now: () => (time += 1) },
    });
    return registry.has("api");
  };
  expect([await run(claims(claim())), await run(claims(claim(), ofApi))]).toEqual([false, true]);
});

test("a source that could not be read at first fails the pass, though it can be by then", async () => {
  const failed: SourceRead = { ...sourceOf("services"), state: "failed", error: new Error("403") };
  const sources = [claims(claim({ pods: { namespace: "shop", labelSelector: "app=web", kind: "Service" } })), failed];
  const { report } = await pass({
    pods: [web1],
    instances: { web: [] },
    sources,
    request: { sweep: false },
    before: again("list-mappings", () => sources.splice(1, 1)),
  });
  expect(report).toMatchObject({ ok: false, errors: ["403"] });
});

test("an orphan stays where the services of its namespace cannot be listed by then", async () => {
  const { calls, report } = await pass({
    pods: [strayed],
    instances: { web: [instance({ id: "10.0.0.2", pod: "web-2" })] },
    sources: [],
    settings: { retired: ["web"] },
    before: again("list-services", () => {
      throw new Error("no answer");
    }),
  });
  expect(writesOf(calls)).toEqual([]);
  expect(report).toMatchObject({ ok: false, services: [{ service: "web", error: "no answer" }] });
});

test("nodes are read where one of the services has something on them, whatever the others have", async () => {
  const { calls } = await pass({ pods: [web1], instances: { old: [], web: [] } });
  expect(calls.some(({ kind }) => kind === "list-nodes")).toBe(true);
});

describe("what AWS has refused", () => {
  test.each<[string, Parameters<typeof pass>[0]["request"], string | undefined]>([
    ["is tried again in a full sweep", {}, undefined],
    [
      "is not in a sweep over one service",
      { scopes: [{ kind: "service", service: "web", namespace: undefined }] },
      "no",
    ],
    ["is not in a pass that sweeps nothing", { sweep: false }, "no"],
  ])("%s", async (_, request = {}, expected) => {
    const history = createHistory();
    history.noteRefusal("srv-web", "10.0.0.7", "no");
    await pass({ pods: [web1], instances: { web: [instance()] }, request, hooks: { history } });
    expect(history.refusalOf("srv-web", "10.0.0.7")).toBe(expected);
  });
});

/** Does something before each call of a kind but the first. */
function again(kind: PortCall["kind"], act: () => unknown): (call: PortCall) => void {
  let made = 0;
  return (call) => {
    if (call.kind !== kind) return;
    if (made > 0) act();
    made += 1;
  };
}
