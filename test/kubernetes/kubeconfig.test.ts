import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { connectKubeconfig } from "../../functions/kubernetes/kubeconfig/connect.ts";
import { findServiceAccount } from "../../functions/kubernetes/kubeconfig/in-cluster.ts";
import { proxyFor } from "../../functions/kubernetes/kubeconfig/proxy.ts";
import { serve } from "../emulators/serve.ts";
import type { Handler } from "../emulators/serve.ts";
import { createServerIdentity } from "../support/certificates.ts";
import { openConnectProxy } from "../support/forward-proxies.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";
import { missingProgram } from "../support/programs.ts";

const run = promisify(execFile);
const noKubectl = missingProgram("kubectl", "install kubectl");
const identity = createServerIdentity();

/** A plugin that prints a token: its first argument, or the name of the program that started it. */
const PLUGIN = `#!/bin/sh
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$1$EXTRA"'"}}'
`;
const EXEC = { apiVersion: "client.authentication.k8s.io/v1", interactiveMode: "Never" };

const WRITTEN = { authorization: "Bearer written" };
const PLUGIN_HERE = { ...EXEC, command: "./bin/plugin", args: ["relative"] };

/** Users of a kubeconfig, and what the API server has to see of them. */
const USERS: Readonly<Record<string, readonly [object, Readonly<Record<string, string>>]>> = {
  "a token": [{ token: "written" }, WRITTEN],
  "a token file": [{ tokenFile: "token" }, { authorization: "Bearer from-file" }],
  "a token file and a token": [{ tokenFile: "token", token: "written" }, { authorization: "Bearer from-file" }],
  "a token file that is not there, and a token": [{ tokenFile: "nowhere", token: "written" }, WRITTEN],
  "a user name and a password": [
    { username: "me", password: "pass:word" },
    { authorization: `Basic ${Buffer.from("me:pass:word").toString("base64")}` },
  ],
  "a plugin in a folder beside the kubeconfig": [{ exec: PLUGIN_HERE }, { authorization: "Bearer relative" }],
  "a plugin in PATH": [{ exec: { ...EXEC, command: "plugin", args: ["path"] } }, { authorization: "Bearer path" }],
  "a plugin with variables": [
    { exec: { ...PLUGIN_HERE, args: ["with-"], env: [{ name: "EXTRA", value: "extra" }] } },
    { authorization: "Bearer with-extra" },
  ],
  "a token and a plugin": [{ token: "written", exec: PLUGIN_HERE }, WRITTEN],
  "another user": [
    { token: "written", as: "jane" },
    { ...WRITTEN, "impersonate-user": "jane" },
  ],
  "another user in groups": [
    { token: "written", as: "jane", "as-groups": ["developers", "admins"] },
    { ...WRITTEN, "impersonate-user": "jane", "impersonate-group": "developers, admins" },
  ],
  "another user with all there is": [
    {
      token: "written",
      as: "jane",
      "as-uid": "1234",
      "as-groups": ["developers"],
      "as-user-extra": { "acme.com/Project": ["some", "more"], reason: ["audit, 100 %"] },
    },
    {
      ...WRITTEN,
      "impersonate-user": "jane",
      "impersonate-uid": "1234",
      "impersonate-group": "developers",
      "impersonate-extra-acme.com%2fproject": "some, more",
      "impersonate-extra-reason": "audit, 100 %",
    },
  ],
};

test.each(Object.entries(USERS))("%s is shown to the API server", async (_, [user, shown]) => {
  const { seen, ask, write } = await open();
  await ask({ file: await write("config", { user }) });
  expect(seen).toEqual([shown]);
});

test.skipIf(noKubectl)("each of these users is shown as kubectl shows it", async () => {
  const { seen, ask, kubectl, write } = await open();
  for (const [name, [user]] of Object.entries(USERS))
    for (const isPlain of [false, true]) {
      const file = await write("config", { user, isPlain });
      seen.length = 0;
      await ask({ file });
      await kubectl({ KUBECONFIG: file });
      expect({ name, shown: seen[0] }).toEqual({ name, shown: seen[1] });
    }
});

test.skipIf(noKubectl)(
  "several files mean what they mean to kubectl: the first counts, what is missing does not",
  async () => {
    const { seen, ask, kubectl, write, folder } = await open();
    const first = await write("first", { user: { token: "first" } });
    const second = await write("second", { user: { token: "second", as: "jane" } });
    const other = await write("other", { user: { token: "other" }, name: "other" });
    const lists = [
      [first, second],
      [second, first],
      [join(folder, "missing"), second],
      ["", first, first],
      [other, first],
    ];
    for (const list of lists) {
      const KUBECONFIG = list.join(":");
      seen.length = 0;
      await ask({ variables: { KUBECONFIG } });
      await kubectl({ KUBECONFIG });
      expect({ list, shown: seen[0] }).toEqual({ list, shown: seen[1] });
    }
  },
);

test("nothing that proves who asks is sent without TLS", async () => {
  const { seen, ask, write } = await open();
  await ask({ file: await write("config", { user: { token: "written", as: "jane" }, isPlain: true }) });
  expect(seen).toEqual([{ "impersonate-user": "jane" }]);
});

test("a token file is read again for each request, since others renew it", async () => {
  const { seen, write, folder, connect } = await open();
  const { get } = await connect({ file: await write("config", { user: { tokenFile: "token" } }) });
  await get("/");
  await writeFile(join(folder, "token"), "renewed\n");
  await get("/");
  expect(seen.map(({ authorization }) => authorization)).toEqual(["Bearer from-file", "Bearer renewed"]);
});

test("a plugin is asked once, and again after its credentials were refused or have expired", async () => {
  const { seen, write, folder, connect } = await open();
  const counting = `#!/bin/sh
echo x >> ${join(folder, "count")}
echo '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"'$(wc -l < ${join(folder, "count")})'"'$EXPIRY'}}'
`;
  await writeExecutable(join(folder, "bin", "plugin"), counting);
  const exec = { ...EXEC, command: "./bin/plugin" };
  const { get, renew } = await connect({ file: await write("config", { user: { exec } }) });
  await Promise.all([get("/"), get("/")]);
  renew();
  await get("/");
  const env = [{ name: "EXPIRY", value: ',"expirationTimestamp":"2026-01-01T00:00:00Z"' }];
  const expiring = await connect({ file: await write("config", { user: { exec: { ...exec, env } } }) });
  await expiring.get("/");
  await expiring.get("/");
  const tokens = seen.map(({ authorization }) => authorization?.toString().replace("Bearer ", ""));
  expect(tokens).toEqual(["1", "1", "2", "3", "4"]);
});

test("a plugin learns about the cluster where the kubeconfig says so", async () => {
  const { seen, write, folder, ask } = await open();
  await writeExecutable(
    join(folder, "bin", "plugin"),
    `#!/bin/sh
token=$(echo "$KUBERNETES_EXEC_INFO" | base64 | tr -d '\\n')
echo '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"'$token'"}}'
`,
  );
  const exec = { ...EXEC, command: "./bin/plugin", provideClusterInfo: true };
  await ask({ file: await write("config", { user: { exec } }) });
  const told: unknown = JSON.parse(Buffer.from(seen[0]?.authorization?.slice(7) ?? "", "base64").toString());
  expect(told).toMatchObject({
    kind: "ExecCredential",
    spec: {
      interactive: false,
      cluster: { server: expect.stringMatching(/^https:/), "certificate-authority-data": expect.any(String) },
    },
  });
});

test.each<[string, object, RegExp]>([
  [
    "a plugin that is not there",
    { exec: { ...EXEC, command: "./nowhere", installHint: "get it" } },
    /nowhere gave no credentials for user test.*ENOENT.*get it/,
  ],
  ["a plugin that fails", { exec: { ...EXEC, command: "./bin/fails" } }, /no luck today/],
  [
    "a plugin of another version",
    { exec: { ...EXEC, apiVersion: "v9", command: "./bin/plugin" } },
    /answered as .*v1, and v9 is configured/,
  ],
  [
    "a plugin that needs a terminal",
    { exec: { ...EXEC, command: "./bin/plugin", interactiveMode: "Always" } },
    /needs a terminal/,
  ],
  ["groups of nobody", { token: "written", "as-groups": ["admins"] }, /user test .*`as-groups`.*name the user too/],
  ["two ways at once", { token: "written", username: "me" }, /user test .*a token and a user name/],
  ["a provider that kubectl dropped", { "auth-provider": { name: "gcp" } }, /auth-provider gcp/],
  [
    "an id token that has expired",
    { "auth-provider": { name: "oidc", config: { "id-token": idToken(1) } } },
    /any call of kubectl renews it/,
  ],
  ["a token file that is not there", { tokenFile: "nowhere" }, /token file .*nowhere cannot be read/],
])("%s is an error that says what to do", async (_, user, problem) => {
  const { ask, write } = await open();
  await expect(ask({ file: await write("config", { user }) })).rejects.toThrow(problem);
});

test("an id token is shown as long as it lasts", async () => {
  const { ask, write, seen } = await open();
  const config = { "id-token": idToken(Date.now() / 1000 + 60) };
  await ask({ file: await write("config", { user: { "auth-provider": { name: "oidc", config } } }) });
  expect(seen[0]?.authorization).toBe(`Bearer ${config["id-token"]}`);
});

test.each<[string, string, RegExp]>([
  ["no YAML", "{", /kubeconfig .*config cannot be read/],
  ["no kubeconfig", "clusters: 7", /is no kubeconfig/],
  ["one name twice", "users: [{ name: a, user: {} }, { name: a, user: {} }]", /two users of the name "a"/],
  ["nothing", "", /no context ""; name one of \(none\)/],
])("a file that holds %s is an error that names it", async (_, text, problem) => {
  const { connect, folder } = await open();
  const file = join(folder, "config");
  await writeFile(file, text);
  await expect(connect({ file })).rejects.toThrow(problem);
});

test("without any kubeconfig a pod's service account counts, and elsewhere the error names the option", async () => {
  const { folder, connect } = await open();
  await expect(connect({ variables: { HOME: folder } })).rejects.toThrow(/no kubeconfig.*--kubeconfig/);
  const inPod = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  expect(findServiceAccount(inPod, folder)?.kubeconfig.clusters.get("in-cluster")?.server).toBe(
    "https://[fd00::1]:443",
  );
  expect(findServiceAccount({}, folder)).toBeUndefined();
});

test("the certificate authority, a name of its own and a client certificate are taken from files beside the kubeconfig", async () => {
  const { ca, cert, key } = await identity;
  const { folder, connect } = await open();
  const server = await serve(() => Promise.resolve(new Response("hello")), { tls: { cert, key } });
  onTestFinished(server.close);
  await Promise.all(Object.entries({ ca, cert, key }).map(([name, pem]) => writeFile(join(folder, name), pem)));
  const cluster = { server: server.url, "certificate-authority": "ca", "tls-server-name": "kubernetes" };
  const user = { "client-certificate": "cert", "client-key": "key" };
  const file = join(folder, "config");
  await writeFile(file, kubeconfigFor(cluster, user));
  expect(await (await connect({ file })).get("/")).toMatchObject({ text: "hello" });
  const pem = Buffer.from(ca).toString("base64");
  await writeFile(
    file,
    kubeconfigFor({ ...cluster, "certificate-authority": "nowhere", "certificate-authority-data": pem }, {}),
  );
  expect(await (await connect({ file })).get("/")).toMatchObject({ text: "hello" });
});

test.skipIf(noKubectl)("HTTPS_PROXY, NO_PROXY and proxy-url lead where they lead kubectl", async () => {
  const { ca, cert, key } = await identity;
  const { folder, connect } = await open();
  const server = await serve(() => Promise.resolve(new Response("hello")), { tls: { cert, key } });
  const proxy = await openConnectProxy({ target: Number(new URL(server.url).port) });
  onTestFinished(async () => {
    await Promise.all([server.close(), proxy.close()]);
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
    expect(await (await connect({ file, variables })).get("/")).toMatchObject({ text: "hello" });
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

function idToken(seconds: number): string {
  return ["e30", Buffer.from(JSON.stringify({ exp: seconds })).toString("base64url"), "x"].join(".");
}

async function writeExecutable(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

type Written = { readonly user: object; readonly name?: string; readonly isPlain?: boolean };

/** An API server that notes who asks, with TLS and without, and a folder with a token file and plugins. */
async function open() {
  const seen: Partial<Record<string, string>>[] = [];
  const { ca, ...tls } = await identity;
  const handler: Handler = (request) => {
    const shown = [...request.headers].filter(([name]) => name === "authorization" || name.startsWith("impersonate"));
    seen.push(Object.fromEntries(shown));
    return Promise.resolve(new Response("hello"));
  };
  const [server, plain] = await Promise.all([serve(handler, { tls }), serve(handler)]);
  const cluster = { server: server.url, "certificate-authority-data": Buffer.from(ca).toString("base64") };
  const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  await mkdir(join(folder, "bin"));
  await Promise.all([
    writeFile(join(folder, "token"), "from-file\n"),
    writeExecutable(join(folder, "bin", "plugin"), PLUGIN),
    writeExecutable(join(folder, "bin", "fails"), "#!/bin/sh\necho no luck today >&2; exit 3\n"),
  ]);
  onTestFinished(async () => {
    await Promise.all([server.close(), plain.close(), rm(folder, { recursive: true })]);
  });
  const environment = { PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, HOME: folder };
  const connect = ({ file, variables = {} }: { readonly file?: string; readonly variables?: object }) =>
    connectKubeconfig({ file, variables: { ...environment, ...variables } });
  return {
    seen,
    folder,
    connect,
    ask: async (wanted: Parameters<typeof connect>[0]) => (await connect(wanted)).get("/"),
    kubectl: (variables: object) => run("kubectl", ["get", "--raw", "/"], { env: { ...environment, ...variables } }),
    write: async (file: string, { user, name = "test", isPlain = false }: Written) => {
      const path = join(folder, file);
      await writeFile(path, kubeconfigFor(isPlain ? plain.url : cluster, user, { name }));
      return path;
    },
  };
}
