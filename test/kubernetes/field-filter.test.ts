import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { heavyPod } from "../../bench/heavy-pod.ts";
import { createFieldFilter } from "../../functions/kubernetes/field-filter.ts";
import { ALL_BUT_MANAGERS, fieldsOf } from "../../functions/kubernetes/fields.ts";
import type { Fields, Members } from "../../functions/kubernetes/fields.ts";
import { NODE_FIELDS, projectNode } from "../../functions/kubernetes/nodes.ts";
import { POD_FIELDS, projectPod } from "../../functions/kubernetes/pods.ts";
import { nodeObject, podObject } from "../emulators/kubernetes/workloads.ts";

const NAMES = ["a", "b", "ab", "é", "c"];
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string({ unit: "grapheme" }));
const { object } = fc.letrec<{ value: Json; object: Record<string, Json> }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, scalar, tie("object"), fc.array(tie("value"), { maxLength: 3 })),
  object: fc.dictionary(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: fc.string() }),
    tie("value"),
    { maxKeys: 5 },
  ),
}));
const { members } = fc.letrec<{ fields: Fields; members: Members }>((tie) => ({
  fields: fc.oneof({ depthSize: "small" }, fc.constantFrom<Fields>("all", "none", { onlyWith: "b" }), tie("members")),
  members: fc.record({
    members: fc.dictionary(fc.constantFrom(...NAMES), tie("fields"), { maxKeys: 4 }),
    others: fc.constantFrom("all", "none"),
  }),
}));
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

test("of an object comes what is asked for, however its text is cut and indented", () => {
  const check = fc.property(object, members, cuts, fc.constantFrom(0, 2), (whole, wanted, at, indent) => {
    const kept = keep(JSON.stringify(whole, null, indent), wanted, at);
    expect(JSON.parse(kept)).toEqual(pick(JSON.parse(JSON.stringify(whole)) as Json, wanted));
  });
  fc.assert(check);
});

test.each(['{"a":}', '{"a":1 "b":2}', '{"a":[1,}', '{"a":{"b":1]}', '{"a":1,}', "{a:1}"])(
  "what is read of an object that is no JSON is none either: %s",
  (text) => {
    expect(
      () => JSON.parse(keep(text, { members: { a: { members: {}, others: "all" } }, others: "all" })) as unknown,
    ).toThrow(SyntaxError);
  },
);

test("a name that is written with a backslash may be any, so that its member stays", () => {
  expect(keep(String.raw`{"\u0061":1,"b":2}`, { members: { a: "all" }, others: "none" })).toBe(
    String.raw`{"\u0061":1}`,
  );
});

test("a text that is asked for may be written with a backslash", () => {
  const wanted: Members = { members: { a: { onlyWith: "NAME" } }, others: "none" };
  expect(keep(String.raw`{"a":"\u004eAME"}`, wanted)).toBe(String.raw`{"a":"\u004eAME"}`);
});

test("what managers own of an object is left out, and nothing else", () => {
  const managedFields = [{ manager: 'k"[{', fieldsV1: { "f:metadata": { "f:labels": {} } } }, "}]"];
  const metadata = { name: "web-1", labels: { managedFields: "yes" } };
  const rest = { spec: { managedFields: [[1]] } };
  expect(
    JSON.parse(keep(JSON.stringify({ metadata: { managedFields, ...metadata }, ...rest }), ALL_BUT_MANAGERS)),
  ).toEqual({ metadata, ...rest });
});

test("fields are what a schema reads, through what it lets be absent", () => {
  const schema = z.object({
    text: z.string(),
    list: z.array(z.object({ one: z.number().default(1) })).nullish(),
    loose: z.looseObject({ named: z.object({}) }).optional(),
    some: z.array(z.string()).nullish().meta({ onlyWith: "x" }),
  });
  expect(fieldsOf(schema)).toEqual({
    members: {
      text: "all",
      list: { members: { one: "all" }, others: "none" },
      loose: { members: { named: { members: {}, others: "none" } }, others: "all" },
      some: { onlyWith: "x" },
    },
    others: "none",
  });
});

const envoy = { name: "envoy", env: [{ name: "APPMESH_VIRTUAL_NODE_NAME", value: "mesh/m/virtualNode/n" }] };

test("a pod is the same with all that nobody reads and without", () => {
  const pod = heavyPod({ name: "web-1", ip: "10.0.0.1", labels: { app: "web" }, ports: [{ containerPort: 80 }] });
  const meshed = { ...pod, spec: { ...(pod["spec"] as object), initContainers: [envoy] } };
  for (const whole of [pod, meshed, podObject({ name: "web-2", deleting: true })])
    expect(projectPod(JSON.parse(keep(JSON.stringify(whole), POD_FIELDS)))).toEqual(projectPod(whole));
});

test("a node is the same with all that nobody reads and without", () => {
  const node = nodeObject({ ips: ["10.0.0.1"], taints: [{ key: "karpenter.sh/disrupted", effect: "NoSchedule" }] });
  expect(projectNode(JSON.parse(keep(JSON.stringify(node), NODE_FIELDS)))).toEqual(projectNode(node));
});

test("text is made of less than an eighth of a pod", () => {
  const text = JSON.stringify(heavyPod({ name: "web-1", ip: "10.0.0.1", labels: { app: "web" } }));
  expect(keep(text, POD_FIELDS).length).toBeLessThan(text.length / 8);
});

function keep(text: string, fields: Members, cutsAt: readonly number[] = []): string {
  const filter = createFieldFilter(fields);
  const bytes = Buffer.from(text);
  let from = 0;
  for (const end of [...cutsAt.map((part) => Math.floor(part * bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  )) {
    filter.read(bytes.subarray(from, end), 0);
    from = end;
  }
  return filter.take() ?? "";
}

/** The same by values that are already read. */
function pick(value: Json, fields: Fields): Json | undefined {
  if (fields === "all") return value;
  if (fields === "none") return undefined;
  if ("onlyWith" in fields) return /b|\\/.test(JSON.stringify(value)) ? value : undefined;
  if (Array.isArray(value)) return value.map((one: Json) => (isObject(one) ? (pick(one, fields) ?? null) : one));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, member]): readonly (readonly [string, Json])[] => {
    const isNamed = Object.hasOwn(fields.members, name);
    const hasBackslash = JSON.stringify(name).includes("\\");
    const picked = hasBackslash ? member : pick(member, isNamed ? (fields.members[name] ?? "none") : fields.others);
    return picked === undefined ? [] : [[name, picked]];
  });
  return Object.fromEntries(kept);
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
