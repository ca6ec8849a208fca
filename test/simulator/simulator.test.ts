import { expect, test } from "vitest";
import { isNew, isSound } from "./allowed.ts";
import { createClients } from "./clients.ts";
import { generate } from "./generate.ts";
import { playMany } from "./many.ts";
import { simulate } from "./simulate.ts";

const WORLDS = 50;

test("keeps every rule in fifty worlds, and makes the registry what the pods ask for once they are quiet", async () => {
  const broken: string[] = [];
  const many = { first: 1, count: WORLDS, allowed: isSound, counts: isNew };
  const { faults, writes } = await playMany(many, await createClients(), ({ story, violation, played }) =>
    broken.push(`seed ${story.seed}: ${violation.rule}: ${violation.what}`, ...played.lines),
  );
  expect(broken).toEqual([]);
  expect(faults).toBeGreaterThan(WORLDS);
  expect(writes).toBeGreaterThan(WORLDS * 10);
});

test("plays a seed the same way each time", async () => {
  const clients = await createClients();
  const [first, second] = [
    await simulate(generate(7, isSound), clients),
    await simulate(generate(7, isSound), clients),
  ];
  expect(second.lines).toEqual(first.lines);
});
