import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { errorText } from "../../functions/cli/error-text.ts";
import { createProgram } from "../../functions/cli/program.ts";
import type { Terminal } from "../../functions/cli/session.ts";
import { connectKubeconfig } from "../../functions/kubernetes/kubeconfig/connect.ts";
import { setUpCli } from "../support/cli.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";
import { podWithSecrets, secretsIn } from "../support/secrets.ts";

const TOKEN = "seeded-token";
const KEYS = { AWS_SECRET_ACCESS_KEY: "seeded-secret-key", AWS_SESSION_TOKEN: "seeded-session-token" };
const SECRETS = [TOKEN, ...Object.values(KEYS), "seeded-password", "seeded-refresh-token", "seeded-client-secret"];
const COMMANDS = [
  "plan",
  "status --wide",
  "explain web-1",
  "doctor",
  "import",
  "destroy --dry-run",
  "status --html",
] as const;

/** What shows that a command has done something. */
const SAYS: Readonly<Record<string, string>> = { import: "VirtualNodes", destroy: "owner" };

afterEach(() => vi.unstubAllEnvs());

test.each(COMMANDS)("%s tells no secret of the kubeconfig, the environment or the pods", async (words) => {
  const command = words.split(" ");
  const cli = await setUpCli({ tokens: { [TOKEN]: "admin" }, user: { token: TOKEN } });
  cli.kubernetes.put(podWithSecrets({ namespace: "shop", name: "web-3", ip: "10.0.0.3", labels: { app: "web" } }));
  const file = join(cli.folder, "page.html");
  if (command.includes("--html")) command.push(file);
  const said = await tell(cli, cli.kubeconfig, command);
  const told = command.includes("--html") ? `${said}${await readFile(file, "utf8")}` : said;
  expect(told).toContain(SAYS[command[0] ?? ""] ?? "web");
  expect(secretsIn(told, SECRETS)).toEqual([]);
  cli.cloudMap.options.fault = () => ({ error: "AccessDenied", message: "no", status: 403 });
  expect(secretsIn(await tell(cli, cli.kubeconfig, command), SECRETS)).toEqual([]);
});

const CERTIFICATE = Buffer.from("-----BEGIN PRIVATE KEY-----\nseeded-password\n").toString("base64");
const execUser = (script: string) => ({
  exec: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: ["-c", script],
    interactiveMode: "Never",
  },
});

test.each<readonly [string, { readonly user?: object; readonly cluster?: object; readonly text?: string }]>([
  ["a token that is refused", { user: { token: "seeded-password" } }],
  ["a password that is refused", { user: { username: "me", password: "seeded-password" } }],
  ["a token beside a user name", { user: { token: TOKEN, username: "me", password: "seeded-password" } }],
  ["a key that is none", { user: { "client-certificate-data": CERTIFICATE, "client-key-data": CERTIFICATE } }],
  [
    "an id token that has expired",
    {
      user: {
        "auth-provider": {
          name: "oidc",
          config: {
            "id-token": TOKEN,
            "refresh-token": "seeded-refresh-token",
            "client-secret": "seeded-client-secret",
          },
        },
      },
    },
  ],
  ["a program that prints a bare token", { user: execUser(`echo ${TOKEN}`) }],
  ["a program that prints another object", { user: execUser(`echo '{"token":"${TOKEN}"}'`) }],
  ["a proxy that nobody speaks", { cluster: { "proxy-url": "ftp://me:seeded-password@127.0.0.1:1" } }],
  [
    "a proxy's password that cannot be decoded",
    { cluster: { "proxy-url": "http://me:seeded-password%zz@127.0.0.1:1" } },
  ],
  ["a kubeconfig that is broken beside its token", { text: `users: [{ name: me, user: { token: "${TOKEN} } }]` }],
  ["a kubeconfig with a key that is there twice", { text: `users:\n- user: { token: ${TOKEN}, token: ${TOKEN} }` }],
  ["a kubeconfig with another shape", { text: `users: { me: { token: ${TOKEN} } }` }],
])(
  "given %s, doctor and plan say what is wrong, and no secret",
  async (_, { user = { token: TOKEN }, cluster, text }) => {
    const cli = await setUpCli();
    const file = join(cli.folder, "broken");
    const way = { server: cli.serverUrl, "insecure-skip-tls-verify": true, ...cluster };
    await writeFile(file, text ?? kubeconfigFor(way, user));
    const told = [await tell(cli, file, ["plan"]), await tell(cli, file, ["doctor"])].join("\n");
    expect(told).toMatch(/error|failed/);
    expect(secretsIn(told, SECRETS)).toEqual([]);
  },
);

test.each<readonly [string, object]>([
  ["a server", { server: "https://me:seeded-password@127.0.0.1:1" }],
  ["an HTTP proxy", { "proxy-url": "http://me:seeded-password@127.0.0.1:1" }],
  ["an HTTPS proxy", { "proxy-url": "https://me:seeded-password@127.0.0.1:1" }],
  ["a SOCKS proxy", { "proxy-url": "socks5://me:seeded-password@127.0.0.1:1" }],
])("given %s that does not answer, what is said of it lacks the password in its URL", async (_, cluster) => {
  const folder = await mkdtemp(join(tmpdir(), "secrets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "kubeconfig");
  await writeFile(file, kubeconfigFor({ server: "https://127.0.0.1:1", ...cluster }, { token: TOKEN }));
  const connection = await connectKubeconfig({ file, variables: {} });
  const said = await connection.get("/version").catch((error: unknown) => errorText(error, true));
  expect(said).toContain("ECONNREFUSED");
  expect(secretsIn(`${connection.server} ${inspect(said)}`, SECRETS)).toEqual([]);
});

/** All that a command says, its stack included. In this process: what is asked is what it says, not how it starts. */
async function tell(
  { config, environment }: Awaited<ReturnType<typeof setUpCli>>,
  kubeconfig: string,
  [verb, ...more]: readonly string[],
): Promise<string> {
  for (const [name, value] of Object.entries(KEYS)) vi.stubEnv(name, value);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const terminal: Terminal = {
    environment: { ...environment, ...KEYS },
    style: { isColoured: false, width: undefined },
    input: () => Promise.resolve(""),
    out: say,
    err: say,
    progress: say,
    ask: undefined,
    onInterrupt: (what) => say(what()),
    onStop: () => {},
  };
  const args = [verb ?? "", "--config", config, "--kubeconfig", kubeconfig, "--debug", ...more];
  await createProgram(terminal, () => {})
    .parseAsync(["node", "cli", ...args])
    .catch((error: unknown) => say(errorText(error, true)));
  return said.join("\n");
}
