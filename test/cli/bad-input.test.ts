import { expect, onTestFinished, test } from "vitest";
import { serve } from "../emulators/serve.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";

const BOMB = ["a: &a [x, x, x, x, x, x, x, x, x]", ...aliases("b", "a"), ...aliases("c", "b"), ...aliases("d", "c")];

test.each(["plan", "status", "explain", "validate"])(
  "%s prints JSON where it was asked for, though nothing could be read",
  async (verb) => {
    const { runBare, config } = await setUpCli({ document: `${SMALLEST}polcy: sync\n` });
    const { code, out, err } = await runBare(
      verb,
      "--config",
      config,
      "-o",
      "json",
      ...(verb === "explain" ? ["web"] : []),
    );
    expect(JSON.parse(out)).toEqual({ ok: false, errors: [expect.stringContaining("polcy: there is no such key")] });
    expect(err).toContain("polcy: there is no such key");
    expect(code).toBe(1);
  },
);

test.each<readonly [mistake: string, options: Parameters<typeof setUpCli>[0], args: readonly string[], says: string]>([
  ["a broken configuration", { document: "cluster: [" }, [], "cannot be read as YAML or JSON; correct this first"],
  [
    "a key that is there twice",
    { document: `${SMALLEST}cluster: other\n` },
    [],
    `line 5, "cluster: other": this key is there twice; keep one of the two`,
  ],
  ["aliases without end", { document: BOMB.join("\n") }, [], "write it without anchors and aliases"],
  ["an empty configuration", { document: "" }, [], "is no configuration; write keys and values"],
  ["a mistaken key", { document: `${SMALLEST}polcy: sync` }, [], "polcy: there is no such key; did you mean policy?"],
  ["no configuration at all", {}, ["--config", "/nonexistent.yaml"], "name a readable file with --config"],
  [
    "a folder as configuration",
    {},
    ["--config", "/tmp"],
    "cannot read the configuration /tmp: it is a folder (EISDIR); name a readable file",
  ],
  [
    "no owner",
    { document: SMALLEST.replace("owner: me\n", "") },
    [],
    "`owner` is missing, and EKS did not say whose cluster this is",
  ],
  [
    "a namespace that does not exist",
    { document: SMALLEST.replace("shop.local", "nowhere.local") },
    [],
    "namespace nowhere.local does not exist in this account and region",
  ],
  ["a service whose name is mistyped", {}, ["--service", "wbe"], "did you mean web?"],
  ["an option of plan", {}, ["--dry-run"], "apply has no --dry-run; use `plan`"],
  ["a service that nobody claims", {}, ["--service", "nope"], "no mapping claims a service nope"],
  ["a service without a name", {}, ["--service", "shop.local/"], "write the service's name, or NAMESPACE/NAME"],
  ["a namespace without a name", {}, ["--service", "/web"], "write the service's name, or NAMESPACE/NAME"],
  ["a kubeconfig that does not exist", {}, ["--kubeconfig", "/nonexistent"], "the kubeconfig /nonexistent cannot be"],
  [
    "a context that the kubeconfig lacks",
    {},
    ["--context", "nope"],
    'has no context "nope"; name one with --context: test',
  ],
  ["a token that is refused", { tokens: { right: "admin" } }, [], "the API server does not know this identity"],
  ["credentials by a program that fails", { user: execUser("sh", ["-c", "echo gone >&2; exit 3"]) }, [], "gone"],
  ["no right to list pods", { forbid: ({ resource }) => resource === "pods" }, [], 'cannot list resource "pods"'],
  [
    "no right to list namespaces",
    { forbid: ({ resource }) => resource === "namespaces" },
    [],
    "which cluster this is cannot be known",
  ],
  ["no AWS region", { variables: { AWS_REGION: "" } }, [], "no AWS region is set"],
  ["no AWS credentials", { variables: withoutCredentials() }, [], "give the process AWS credentials"],
  [
    "an endpoint that is no URL",
    { variables: { AWS_ENDPOINT_URL: "nowhere" } },
    [],
    "write a URL like https://host:port",
  ],
  ["an option that does not exist", {}, ["--forse"], "Did you mean --force?"],
  ["JSON by an option of other tools", {}, ["--json"], "apply has no --json; write --output json"],
  ["a configuration by an option of other tools", {}, ["-c", "sync.yaml"], "apply has no -c; write -f FILE"],
  ["an option that is given twice", {}, ["--context", "a", "--context", "b"], "--context is given twice"],
  ["a word too many", {}, ["sync.yaml"], "apply takes no argument sync.yaml; leave it out"],
  [
    "a profile that does not exist",
    { variables: { ...withoutCredentials(), AWS_PROFILE: "nope" } },
    [],
    "AWS_PROFILE is nope; set it to one of those that this prints: aws configure list-profiles",
  ],
  ["a form of output that does not exist", {}, ["--output", "xml"], "there is no --output xml; write table or json"],
])("given %s, apply says so in a sentence, exits with 1 and changes nothing", async (_, options, args, says) => {
  const { run, writes } = await setUpCli(options);
  const { code, out, err } = await run("apply", ...args);
  expect(`${err}${out}`).toContain(says);
  expect(`${err}${out}`).not.toMatch(/^ +at /m);
  expect(code).toBe(1);
  expect(writes()).toEqual([]);
});

test.each([
  ["no configuration", ["apply"], "--config FILE is missing: the configuration, YAML or JSON\n"],
  [
    "neither configuration nor stack",
    ["plan"],
    "--config FILE is missing: the configuration, YAML or JSON; or --stack NAME",
  ],
  ["both", ["plan", "--config", "a", "--stack", "b"], "--config and --stack both say where the configuration is"],
  ["no stack", ["resync"], "--stack NAME is missing: the stack that was deployed"],
  [
    "a stack to apply to",
    ["apply", "--stack", "b"],
    "apply takes no --stack; let the deployed function do it: resync --stack b",
  ],
  ["an option that is mistyped", ["apply", "--confg", "sync.yaml"], "Did you mean --config?"],
  ["a command that is mistyped", ["aply"], "Did you mean apply?"],
])("given %s, the usage mistake is told", async (_, args, says) => {
  const { runBare } = await setUpCli();
  const { code, err } = await runBare(...args);
  expect(err).toContain(says);
  expect(code).toBe(1);
});

test("without --, npm has taken the options, and is told of", async () => {
  const variables = { npm_lifecycle_event: "cli", npm_config_config: "true" };
  const { runBare } = await setUpCli({ variables });
  const { code, err } = await runBare("status", "sync.yaml");
  expect(err).toContain(
    "error: npm has taken --config for itself; write -- before the command: npm run -s cli -- status --config <file> …\n",
  );
  expect(code).toBe(1);
});

test("AWS credentials that have expired are told as such", async () => {
  const { run, cloudMap, writes } = await setUpCli();
  const message = "The security token included in the request is expired";
  cloudMap.options.fault = () => ({ error: "ExpiredTokenException", message, status: 400 });
  const { code, out } = await run("apply");
  expect(out).toContain(`error: Cloud Map namespaces could not be listed: ${message}; renew the AWS credentials`);
  expect([code, writes()]).toEqual([1, []]);
});

test("an EKS cluster that is missing is told with what to check", async () => {
  const { out, err, code } = await runOnEks(async () =>
    Response.json(
      { message: "No cluster found for name: test." },
      { status: 404, headers: { "x-amzn-errortype": "ResourceNotFoundException" } },
    ),
  );
  expect(err).toBe(
    "error: EKS cluster test could not be described in region eu-west-1: No cluster found for name: test.; check `cluster` and the AWS region\n",
  );
  expect([code, out]).toEqual([1, ""]);
});

test("where a kubeconfig is at hand, a cluster that EKS does not describe is told with the other way", async () => {
  const { err } = await runOnEks(async () => Response.json({ message: "no" }, { status: 403 }), {
    KUBECONFIG: "package.json",
  });
  expect(err).toMatch(/; or reach it as kubectl does: --kubeconfig FILE or --context NAME\n$/);
});

test("an EKS endpoint that speaks no TLS fails at once", async () => {
  const apiServer = await serve(async () => Response.json({}));
  onTestFinished(() => apiServer.close());
  const arn = "arn:aws:eks:eu-west-1:123456789012:cluster/test";
  const endpoint = apiServer.url.replace("http:", "https:");
  const { err, code } = await runOnEks(async () =>
    Response.json({ cluster: { name: "test", arn, endpoint, certificateAuthority: { data: "" }, status: "ACTIVE" } }),
  );
  expect(err).toMatch(/kube-system could not be read: .*SSL/);
  expect(code).toBe(1);
});

/** `apply` on the cluster that an emulated EKS describes. */
async function runOnEks(describe: () => Promise<Response>, more: Readonly<Record<string, string>> = {}) {
  const eks = await serve(describe);
  onTestFinished(() => eks.close());
  const { runBare, config, writes } = await setUpCli({ variables: { AWS_ENDPOINT_URL_EKS: eks.url, ...more } });
  const ran = await runBare("apply", "--config", config);
  expect(writes()).toEqual([]);
  return ran;
}

function execUser(command: string, args: readonly string[]): object {
  return { exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command, args } };
}

function withoutCredentials(): Readonly<Record<string, string>> {
  return { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_EC2_METADATA_DISABLED: "true" };
}

function aliases(name: string, of: string): readonly string[] {
  return [`${name}: &${name} [${Array.from({ length: 10 }, () => `*${of}`).join(", ")}]`];
}

test("an option of another command is answered with that command", async () => {
  const { run, runBare, config } = await setUpCli();
  const status = await run("status", "--exit-code");
  expect(status).toMatchObject({ code: 1, out: "" });
  expect(status.err).toContain("error: status has no --exit-code; use `plan --exit-code`\n");
  const apply = await run("apply", "--dry-run");
  expect(apply.err).toContain("error: apply has no --dry-run; use `plan`\n");
  for (const more of [[], ["--stack", "sync"]]) {
    const { code, out, err } = await runBare("resync", "--config", config, ...more);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(
      "error: resync has no --config; name the stack that was deployed with `resync --stack NAME`\n",
    );
  }
});
