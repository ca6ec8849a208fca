import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findServiceAccount } from "../../functions/kubernetes/kubeconfig/in-cluster.ts";
import { serve } from "../emulators/serve.ts";
import { createServerIdentity } from "../support/certificates.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";
import { missingProgram } from "../support/programs.ts";
import { open, writeExecutable } from "./kubeconfigs.ts";

const noKubectl = missingProgram("kubectl", "install kubectl");

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
  ["nothing", "", /has no contexts; name another file with --kubeconfig/],
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
  const { ca, cert, key } = await createServerIdentity();
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

function idToken(seconds: number): string {
  return ["e30", Buffer.from(JSON.stringify({ exp: seconds })).toString("base64url"), "x"].join(".");
}
