import { expect, test } from "vitest";
import { setUpCli, SMALLEST } from "../support/cli.ts";

test("a cluster that cannot be reached leaves Cloud Map alone", { timeout: 90_000 }, async () => {
  const { run, stopKubernetes, writes } = await setUpCli({ document: `${SMALLEST}sources: { virtualNodes: false }\n` });
  expect((await run("apply")).code).toBe(0);
  const before = writes().length;
  await stopKubernetes();
  const { code, out } = await run("apply");
  expect(out).toMatch(/failed: .*ECONNREFUSED.*check that the API server can be reached/);
  expect(code).toBe(1);
  expect(writes()).toHaveLength(before);
});
