import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Members } from "../../functions/kubernetes/fields.ts";
import { createListReader } from "../../functions/kubernetes/list-reader.ts";

const ALL: Members = { members: {}, others: "all" };

const list = fc.record({
  kind: fc.constant("PodList"),
  metadata: fc.jsonValue(),
  items: fc.array(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), { maxLength: 5 }),
  after: fc.jsonValue(),
});
/** Where the answer is cut in pieces, as parts of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

test("objects come out as JSON.parse reads them, however the answer is cut and indented", () => {
  const check = fc.property(list, cuts, fc.constantFrom(0, 2), (value, at, indent) => {
    const text = JSON.stringify(value, null, indent);
    const parsed = JSON.parse(text) as typeof value;
    const read = readIn(text, at);
    expect(read.items).toEqual(parsed.items);
    expect(JSON.parse(read.text)).toEqual({ ...parsed, items: parsed.items.map(() => 0) });
  });
  fc.assert(check);
});

test("what is no list stays as it is", () => {
  const check = fc.property(fc.json(), cuts, (text, at) => {
    expect(readIn(text, at)).toEqual({ text, items: [] });
  });
  fc.assert(check);
});

test("only what is a member of the list called items is taken out", () => {
  const value = { metadata: { items: [{ a: 1 }] }, items: null, other: [{ b: 2 }], more: { items: [{ c: 3 }] } };
  expect(readIn(JSON.stringify(value), [])).toEqual({ text: JSON.stringify(value), items: [] });
});

test.each(['{"items":[{"a":1},{"a":}]}', '{"items":[{"a":1}{"a":2}]}', '{"items":[{"a":1},{"a'])(
  "what is no JSON is none without its objects either: %s",
  (text) => {
    expect(() => JSON.parse(readIn(text, []).text) as unknown).toThrow(SyntaxError);
  },
);

test("what a projection throws comes out at the end, once all has come", () => {
  const reader = createListReader({ fields: ALL, project: refuse });
  reader.write(Buffer.from('{"items":[{}'));
  reader.write(Buffer.from("]}"));
  expect(() => reader.end()).toThrow("no pod");
});

test("an object that is larger than any of Kubernetes fails the list, and is not held", () => {
  const reader = createListReader({ fields: ALL, project: (item) => item });
  reader.write(Buffer.from('{"items":[{"a":"'));
  for (let megabytes = 0; megabytes < 20; megabytes++) reader.write(Buffer.alloc(2 ** 20, "x"));
  expect(() => reader.end()).toThrow(/more than 16777216 bytes/);
});

function refuse(): never {
  throw new Error("no pod");
}

function readIn(text: string, cutsAt: readonly number[]) {
  const reader = createListReader({ fields: ALL, project: (item) => item });
  const bytes = Buffer.from(text);
  let from = 0;
  for (const end of [...cutsAt.map((part) => Math.floor(part * bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  )) {
    reader.write(bytes.subarray(from, end));
    from = end;
  }
  return reader.end();
}
