import { expect, test } from "vitest";
import { setUpCli, SMALLEST } from "../support/cli.ts";

test.concurrent("a cluster that cannot be reached leaves Cloud Map alone", { timeout: 90_000 }, async () => {
  const { run, stopKubernetes, writes } = await setUpCli({ document: `${SMALLEST}sources: { virtualNodes: false }\n` });
  expect((await run("apply")).code).toBe(0);
  const before = writes().length;
  await stopKubernetes();
  const { code, out } = await run("apply");
  expect(out).toMatch(/failed: .*ECONNREFUSED.*check that the API server can be reached/);
  expect(code).toBe(1);
  expect(writes()).toHaveLength(before);
});

test.concurrent("Cloud Map that cannot be reached is told with what to check", { timeout: 90_000 }, async () => {
  const { run } = await setUpCli({ variables: { AWS_ENDPOINT_URL_SERVICEDISCOVERY: "http://127.0.0.1:9" } });
  const { code, out } = await run("apply");
  expect(out).toMatch(
    /namespaces could not be listed: .*ECONNREFUSED.*; check the AWS region, the endpoint and the network/,
  );
  expect(code).toBe(1);
});
