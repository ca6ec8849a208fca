import { expect, test } from "vitest";
import { setUpCli, SMALLEST } from "../support/cli.ts";

test("a cluster that cannot be reached leaves Cloud Map alone", async () => {
  const { run, runFast, stopKubernetes, writes, kubeconfig } = await setUpCli({
    document: `${SMALLEST}sources: { virtualNodes: false }\n`,
  });
  expect((await run("apply")).code).toBe(0);
  const before = writes().length;
  await stopKubernetes();
  const { code, err } = await runFast("apply");
  expect(err).toMatch(/^error: .*ECONNREFUSED.*check the API server's address, and that it can be reached from here/);
  expect(err).toContain(
    `; it is the server of context test of the kubeconfig ${kubeconfig}: name another with --context`,
  );
  expect(code).toBe(1);
  expect(writes()).toHaveLength(before);
});

test("Cloud Map that cannot be reached is told with what to check", async () => {
  const { runFast } = await setUpCli({ variables: { AWS_ENDPOINT_URL_SERVICEDISCOVERY: "http://127.0.0.1:9" } });
  const { code, out } = await runFast("apply");
  expect(out).toMatch(
    /Cloud Map namespaces could not be listed: .*ECONNREFUSED.*; check the AWS region, the endpoint and the network/,
  );
  expect(code).toBe(1);
});
