import { expect, test } from "vitest";
import { createClients } from "./clients.ts";
import { generate } from "./generate.ts";
import { playMany } from "./many.ts";
import type { Broken } from "./many.ts";
import { simulate } from "./simulate.ts";

const WORLDS = 50;

test("keeps every rule in fifty worlds, and makes the registry what the pods ask for once they are quiet", async () => {
  const broken: Broken[] = [];
  const seeds = Array.from({ length: WORLDS }, (_, index) => index + 1);
  const { faults, writes } = await playMany({ seeds, without: [] }, (one) => broken.push(one));
  expect(broken.flatMap(({ seed, what, lines }) => [`seed ${seed}: ${what}`, ...lines])).toEqual([]);
  expect(faults).toBeGreaterThan(WORLDS);
  expect(writes).toBeGreaterThan(WORLDS * 10);
});

test("plays a seed the same way each time", async () => {
  const clients = await createClients();
  const first = await simulate(generate(7), clients);
  const second = await simulate(generate(7), clients);
  expect(second.lines).toEqual(first.lines);
});
