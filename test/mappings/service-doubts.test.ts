import { expect, test } from "vitest";
import type { Doubt } from "../../functions/core/ports.ts";
import { services } from "../../functions/mappings/services.ts";
import { listing, serviceObject } from "./objects.ts";
import type { Shape } from "./objects.ts";

const CLAIMS = { "eks-cloudmap-sync/service": "web" };

async function doubtsOf(spec: Shape, metadata: Shape): Promise<readonly Doubt[]> {
  const objects = [serviceObject(spec, metadata)];
  const read = await services.read(listing({ services: { version: "v1", objects } }));
  return read.state === "read" ? (read.doubts ?? []) : [];
}

test("a mistyped annotation is named, with the nearest that there is", async () => {
  expect(await doubtsOf({}, { annotations: { ...CLAIMS, "eks-cloudmap-sync/atributes": "a=b" } })).toEqual([
    {
      from: "shop",
      object: "Service shop/web",
      problem:
        "nothing comes of the annotation eks-cloudmap-sync/atributes, which this version does not know; did you mean eks-cloudmap-sync/attributes?",
    },
  ]);
});

test("where the claim itself is mistyped, and nothing else says that there was one", async () => {
  const [doubt] = await doubtsOf({}, { annotations: { "eks-cloudmap-sync/servce": "web" } });
  expect(doubt?.problem).toContain("did you mean eks-cloudmap-sync/service?");
});

test("what is near to nothing is to be taken away, and others' annotations are none of ours", async () => {
  const annotations = { ...CLAIMS, "eks-cloudmap-sync/xyzzy": "1", "example.com/servce": "web" };
  expect((await doubtsOf({}, { annotations })).map(({ problem }) => problem)).toEqual([
    expect.stringContaining("eks-cloudmap-sync/xyzzy, which this version does not know; take it away"),
  ]);
});

test.each([
  ["an ExternalName", { type: "ExternalName", externalName: "example.com" }, "it is an ExternalName"],
  ["no selector", { selector: undefined }, "it has no selector"],
])("a claim of a Service with %s is named, as it registers nothing", async (_what, spec, why) => {
  const [doubt] = await doubtsOf(spec, { annotations: CLAIMS });
  expect(doubt?.problem).toBe(
    `${why}, so nothing is registered for it; annotate a Service that selects the pods, or take eks-cloudmap-sync/service away`,
  );
  expect(await doubtsOf(spec, {})).toEqual([]);
});

test("nothing is said of a Service that is being deleted", async () => {
  const metadata = { annotations: CLAIMS, deletionTimestamp: "2026-11-24T14:00:00Z" };
  expect(await doubtsOf({ selector: undefined }, metadata)).toEqual([]);
});
