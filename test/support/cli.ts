import { execFile } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { run } from "../../functions/cli/run.ts";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { AT_ONCE } from "../emulators/cloudmap/options.ts";
import { seedNamespace } from "../emulators/cloudmap/seed.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesOptions } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";
import { createServerIdentity } from "./certificates.ts";
import type { ServerIdentity } from "./certificates.ts";
import { kubeconfigFor } from "./kubeconfig.ts";

export const SMALLEST = `cluster: test
owner: me
namespaces: [shop.local]
mappings: [{ service: web, pods: { namespace: shop, selector: app=web }, port: 8080 }]
`;

const FAST_CLOCK = new URL("fast-clock.ts", import.meta.url).href;

type Variables = Readonly<Record<string, string>>;

type Options = Pick<KubernetesOptions, "tokens" | "forbid"> & {
  readonly document?: string;
  readonly variables?: Variables;
  /** Of the kubeconfig; by default an unknown token. */
  readonly user?: object;
};

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export type Started = { readonly child: ChildProcess; readonly ended: Promise<Ran> };

/** Of every API server that one process opens: keys take their time. */
let identity: Promise<ServerIdentity> | undefined;

/** The CLI, with a cluster of two ready pods and an empty namespace `shop.local`. */
export async function setUpCli({
  document = SMALLEST,
  variables = {},
  user = { token: "wrong" },
  ...behaviour
}: Options = {}) {
  const kubernetes = createKubernetes(behaviour);
  for (const [name, ip] of [
    ["web-1", "10.0.0.1"],
    ["web-2", "10.0.0.2"],
  ] as const)
    kubernetes.put(podObject({ namespace: "shop", name, ip, labels: { app: "web" } }));
  const cloudMap = createCloudMap(AT_ONCE);
  const namespace = seedNamespace(cloudMap, { name: "shop.local", type: "HTTP" });
  identity ??= createServerIdentity();
  const { ca, ...tls } = await identity;
  const [apiServer, aws] = await Promise.all([
    serve(kubernetesHandler(kubernetes), { tls }),
    serve(cloudMapHandler(cloudMap)),
  ]);
  const cluster = { server: apiServer.url, "certificate-authority-data": Buffer.from(ca).toString("base64") };
  const folder = await mkdtemp(join(tmpdir(), "cli-"));
  const [config, kubeconfig] = [join(folder, "config.yaml"), join(folder, "kubeconfig")];
  const configure = (text: string) => writeFile(config, text);
  await Promise.all([configure(document), writeFile(kubeconfig, kubeconfigFor(cluster, user))]);
  onTestFinished(async () => {
    await Promise.all([apiServer.close(), aws.close(), rm(folder, { recursive: true })]);
  });
  const environment = { ...IDENTITY, AWS_ENDPOINT_URL_SERVICEDISCOVERY: aws.url, ...variables };
  const start = (...args: readonly string[]) => startCli(args, environment);
  const withHere = (verb: string, args: readonly string[]) => [
    verb,
    ...(args.includes("--config") ? [] : ["--config", config]),
    ...(args.includes("--kubeconfig") ? [] : ["--kubeconfig", kubeconfig]),
    ...args,
  ];
  return {
    kubernetes,
    cloudMap,
    namespace,
    folder,
    config,
    kubeconfig,
    configure,
    /** Of the processes. */
    environment,
    /** Of the API server. */
    serverUrl: apiServer.url,
    stopKubernetes: apiServer.close,
    /** The operations that changed something, or tried to, in their order. */
    writes: () =>
      cloudMap.calls
        .map(({ operation }) => operation)
        .filter((operation) => /^(Create|Register|Deregister|Update|Delete|Tag|Untag)/.test(operation)),
    /** With the configuration and the kubeconfig, unless others are named. */
    run: (verb: string, ...args: readonly string[]) => runHere(withHere(verb, args), environment),
    /** With these arguments alone. */
    runBare: (...args: readonly string[]) => runHere(args, environment),
    /** As a process of its own, with these arguments alone. */
    start,
    /** As `run`, in a process of its own whose time runs thirty times as fast, for what waits. */
    runFast: (verb: string, ...args: readonly string[]) =>
      startCli(withHere(verb, args), { ...environment, NODE_OPTIONS: `--import ${FAST_CLOCK}` }).ended,
  };
}

/** How many commands run in this process, whose environment is the commands' meanwhile: the SDK finds its credentials there. */
let running = 0;
const own = process.env;

/** In this process, as in a pipe: without a terminal and without colours. */
async function runHere(args: readonly string[], variables: Variables): Promise<Ran> {
  const environment = { ...BARE, ...variables };
  let [out, err] = ["", ""];
  running += 1;
  process.env = { ...environment };
  const code = await run(["node", "eks-cloudmap-sync", ...args], {
    environment,
    style: { isColoured: false, width: undefined },
    input: () => Promise.resolve(""),
    out: (text) => (out += text),
    err: (text) => (err += text),
    progress: () => {},
    ask: undefined,
    onInterrupt: () => {},
    onStop: () => {},
  });
  running -= 1;
  if (running === 0) process.env = own;
  return { code, out, err };
}

function startCli(args: readonly string[], variables: Variables): Started {
  const env = { ...BARE, NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], ...variables };
  let end: (ran: Ran) => void;
  const ended = new Promise<Ran>((resolve) => (end = resolve));
  const child = execFile(process.execPath, ["functions/cli/main.ts", ...args], { env }, (error, out, err) => {
    // A child that was killed has no exit code.
    end({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out, err });
  });
  return { child, ended };
}

const BARE = { PATH: process.env["PATH"], HOME: "/nonexistent", NO_COLOR: "1" };
const IDENTITY = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
