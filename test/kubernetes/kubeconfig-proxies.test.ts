import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { connectKubeconfig } from "../../functions/kubernetes/kubeconfig/connect.ts";
import { proxyFor } from "../../functions/kubernetes/kubeconfig/proxy.ts";
import { serve } from "../emulators/serve.ts";
import { createServerIdentity } from "../support/certificates.ts";
import { openConnectProxy } from "../support/forward-proxies.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";
import { missingProgram } from "../support/programs.ts";

const run = promisify(execFile);
const noKubectl = missingProgram("kubectl", "install kubectl");

test.skipIf(noKubectl)("HTTPS_PROXY, NO_PROXY and proxy-url lead where they lead kubectl", async () => {
  const { ca, cert, key } = await createServerIdentity();
  const folder = await mkdtemp(join(tmpdir(), "proxies-"));
  const server = await serve(() => Promise.resolve(new Response("hello")), { tls: { cert, key } });
  const proxy = await openConnectProxy({ target: Number(new URL(server.url).port) });
  onTestFinished(async () => {
    await Promise.all([server.close(), proxy.close(), rm(folder, { recursive: true })]);
  });
  const file = join(folder, "config");
  const url = `http://127.0.0.1:${proxy.port}`;
  const far = { server: "https://kubernetes:6443", "certificate-authority-data": Buffer.from(ca).toString("base64") };
  const cases: readonly (readonly [object, Readonly<Record<string, string>>])[] = [
    [far, { HTTPS_PROXY: url }],
    [far, { https_proxy: url.replace("http://", "") }],
    [far, { HTTPS_PROXY: url, NO_PROXY: "other,kubernetes:443" }],
    [
      { ...far, "proxy-url": url },
      { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "*" },
    ],
  ];
  for (const [cluster, variables] of cases) {
    await writeFile(file, kubeconfigFor(cluster, { token: "written" }));
    proxy.asked.length = 0;
    expect(await (await connectKubeconfig({ file, variables })).get("/")).toMatchObject({ text: "hello" });
    await run("kubectl", ["get", "--raw", "/"], {
      env: { PATH: process.env["PATH"], HOME: folder, ...variables, KUBECONFIG: file },
    });
    expect(proxy.asked).toEqual(["kubernetes:6443", "kubernetes:6443"]);
  }
});

test.each<[string, string, Readonly<Record<string, string>>, string | undefined]>([
  ["no variable", "https://a.example", {}, undefined],
  [
    "the one of its protocol",
    "https://a.example",
    { HTTPS_PROXY: "http://p:1", HTTP_PROXY: "http://q:1" },
    "http://p:1/",
  ],
  [
    "the one of its protocol",
    "http://a.example",
    { HTTPS_PROXY: "http://p:1", HTTP_PROXY: "http://q:1" },
    "http://q:1/",
  ],
  ["loopback", "https://127.0.0.1:6443", { HTTPS_PROXY: "http://p:1" }, undefined],
  ["loopback by name", "https://localhost:6443", { HTTPS_PROXY: "http://p:1" }, undefined],
  ["a host that is left out", "https://a.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "b, A.example" }, undefined],
  ["what is below a host", "https://a.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "example" }, undefined],
  ["what is below a dot", "https://a.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: ".example" }, undefined],
  ["what only ends alike", "https://an.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "n.example" }, "http://p:1/"],
  ["the dot's own host", "https://example", { HTTPS_PROXY: "http://p:1", NO_PROXY: ".example" }, "http://p:1/"],
  ["another port", "https://a.example:6443", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example:443" }, "http://p:1/"],
  ["a range", "https://10.1.2.3", { HTTPS_PROXY: "http://p:1", NO_PROXY: "10.0.0.0/8" }, undefined],
  ["another range", "https://11.1.2.3", { HTTPS_PROXY: "http://p:1", NO_PROXY: "10.0.0.0/8" }, "http://p:1/"],
  ["a range of IPv6", "https://[fd00::1]", { HTTPS_PROXY: "http://p:1", no_proxy: "fd00::/8" }, undefined],
])("the proxy for a server is found as Go finds it: %s, %s", (_, server, variables, expected) => {
  expect(proxyFor(new URL(server), undefined, variables)?.href).toBe(expected);
});

test("a proxy that is no URL of one is an error that says how to write it", () => {
  const server = new URL("https://a.example");
  expect(() => proxyFor(server, "ftp://x", {})).toThrow(/`proxy-url`.*ftp.*write a URL like/);
  expect(() => proxyFor(server, undefined, { HTTPS_PROXY: "http://" })).toThrow(/HTTPS_PROXY/);
});
