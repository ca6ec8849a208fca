import { expect, test } from "vitest";
import { createMemory } from "../../functions/cloudmap/remember.ts";

/** What was read of a thing is kept for 10 ms here, and for 100 ms more while it is read again. */

test("what is being read is waited for, however long it takes", async () => {
  const { memory, read, at } = open();
  const first = memory.recall("a", read("slow"));
  at(50);
  const second = memory.recall("a", read("other"));
  read.end("slow");
  expect(await Promise.all([first, second])).toEqual(["slow", "slow"]);
});

test("whoever waits for a reading that fails reads for himself", async () => {
  const { memory, read } = open();
  const hasty = memory.recall("a", read("hasty"));
  const patient = memory.recall("a", read("patient"));
  read.fail("hasty");
  await expect(hasty).rejects.toThrow("hasty");
  await expect.poll(() => read.isUnderWay("patient")).toBe(true);
  read.end("patient");
  expect(await patient).toBe("patient");
});

test("after a reading that failed all who ask share the next", async () => {
  const { memory, read, asked } = open();
  const failing = memory.recall("a", read("first"));
  read.fail("first");
  await expect(failing).rejects.toThrow("first");
  const both = Promise.all([memory.recall("a", read("second")), memory.recall("a", read("third"))]);
  read.end("second");
  expect(await both).toEqual(["second", "second"]);
  expect(asked).toEqual(["first", "second"]);
});

test("what is known stays while it is read anew, and when that fails", async () => {
  const { memory, read, asked } = open();
  await known(memory, "old");
  const renewed = memory.renew("a", read("new"));
  expect(await memory.recall("a", read("needless"))).toBe("old");
  read.fail("new");
  await expect(renewed).rejects.toThrow("new");
  expect(await memory.recall("a", read("needless"))).toBe("old");
  expect(asked).toEqual(["new"]);
});

test("of two readings that were begun one after the other the later counts, whichever ends first", async () => {
  for (const order of [
    ["earlier", "later"],
    ["later", "earlier"],
  ]) {
    const { memory, read } = open();
    await known(memory, "old");
    const both = Promise.all(["earlier", "later"].map((name) => memory.renew("a", read(name))));
    for (const name of order) {
      read.end(name);
      await Promise.resolve();
    }
    await both;
    expect(await memory.recall("a", read("needless"))).toBe("later");
  }
});

test("what is forgotten while it is read anew is not known by that reading", async () => {
  const { memory, read } = open();
  await known(memory, "old");
  const renewed = memory.renew("a", read("doubtful"));
  memory.forget("a");
  read.end("doubtful");
  await renewed;
  const after = memory.recall("a", read("new"));
  read.end("new");
  expect(await after).toBe("new");
});

test("what has grown old is read again once, and where that fails by the next who asks", async () => {
  const { memory, read, at, asked } = open();
  await known(memory, "old");
  at(10);
  for (const _ of [1, 2, 3]) expect(await memory.recall("a", read("again"))).toBe("old");
  await expect.poll(() => asked).toEqual(["again"]);
  read.fail("again");
  await expect
    .poll(async () => {
      await memory.recall("a", read("once more"));
      return asked;
    })
    .toEqual(["again", "once more"]);
});

test("what is forgotten before its turn to be read again is not read", async () => {
  const { memory, read, at, asked } = open();
  for (const thing of ["a", "b"]) await memory.recall(thing, () => Promise.resolve("old"));
  at(10);
  await memory.recall("a", read("a again"));
  await memory.recall("b", read("b again"));
  memory.forget("b");
  await expect.poll(() => asked).toEqual(["a again"]);
  read.end("a again");
  await memory.recall("a", read("needless"));
  await new Promise(setImmediate);
  expect(asked).toEqual(["a again"]);
});

test("what is read again is read one after the other, so that whoever reads for the first time waits for one", async () => {
  let at = 0;
  const memory = createMemory<string>(
    10,
    () => at,
    () => 100,
  );
  const underWay = new Map<string, () => void>();
  const read = (thing: string) => () => new Promise<string>((tell) => underWay.set(thing, () => tell(thing)));
  const things = ["a", "b", "c"];
  for (const thing of things) await memory.recall(thing, () => Promise.resolve(`old ${thing}`));
  at = 10;
  expect(await Promise.all(things.map((thing) => memory.recall(thing, read(thing))))).toEqual([
    "old a",
    "old b",
    "old c",
  ]);
  const first = memory.recall("new", read("new"));
  await expect.poll(() => [...underWay.keys()].toSorted()).toEqual(["a", "new"]);
  underWay.get("new")?.();
  expect(await first).toBe("new");
  underWay.get("a")?.();
  await expect.poll(() => underWay.has("b")).toBe(true);
  expect(await memory.recall("a", read("a"))).toBe("a");
});

test("what was slow to read serves while it is read again, and what was quick does not", async () => {
  let at = 0;
  const memory = createMemory<string>(
    10,
    () => at,
    (took) => (took > 5 ? 100 : 0),
  );
  const readIn = (took: number, value: string) => async () => {
    at += took;
    return value;
  };
  await memory.recall("slow", readIn(6, "old"));
  await memory.recall("quick", readIn(0, "old"));
  at = 20;
  const recalled = [await memory.recall("slow", readIn(0, "new")), await memory.recall("quick", readIn(0, "new"))];
  expect(recalled).toEqual(["old", "new"]);
});

async function known(memory: ReturnType<typeof open>["memory"], value: string): Promise<void> {
  await memory.recall("a", () => Promise.resolve(value));
}

/** `read(name)`: a reading that goes on until it is ended, with its name for its value, or fails. `asked`: those that were begun. */
function open() {
  let now = 0;
  const asked: string[] = [];
  const underWay = new Map<string, PromiseWithResolvers<string>>();
  const reading = (name: string) => {
    const known = underWay.get(name) ?? Promise.withResolvers<string>();
    underWay.set(name, known);
    return known;
  };
  const read = (name: string) => () => {
    asked.push(name);
    return reading(name).promise;
  };
  return {
    asked,
    memory: createMemory<string>(
      10,
      () => now,
      () => 100,
    ),
    at: (time: number) => {
      now = time;
    },
    read: Object.assign(read, {
      end: (name: string) => reading(name).resolve(name),
      fail: (name: string) => reading(name).reject(new Error(name)),
      isUnderWay: (name: string) => asked.includes(name),
    }),
  };
}
