import { spawn } from "node:child_process";
import * as z from "zod";
import { InputError, messageOf } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import type { Credentials } from "../connection.ts";
import type { ClusterEntry, ExecEntry } from "./document.ts";
import type { Variables } from "./files.ts";
import { readPem } from "./pem.ts";
import type { Provider } from "./provider.ts";

/** Where a cluster of a kubeconfig keeps what is meant for plugins. */
const EXTENSION = "client.authentication.k8s.io/exec";
/** As much of what a plugin complains about as a message takes, in characters. */
const LONGEST_COMPLAINT = 500;

const answerSchema = z.looseObject({
  apiVersion: z.string(),
  status: z.looseObject({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});

type Known = { readonly credentials: Credentials; readonly until: number };
type Plugin = { readonly user: string; readonly exec: ExecEntry; readonly cluster: ClusterEntry };

/**
 * The credentials that a program prints (`aws eks get-token` is one), kept until they expire or are refused:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function createExec(plugin: Plugin, variables: Variables): Provider {
  let known: Known | undefined;
  let asking: Promise<Known> | undefined;
  return {
    ask: async () => {
      if (known !== undefined && Date.now() < known.until) return known.credentials;
      asking ??= askPlugin(plugin, variables).finally(() => (asking = undefined));
      known = await asking;
      return known.credentials;
    },
    renew: () => {
      known = undefined;
    },
  };
}

async function askPlugin(plugin: Plugin, variables: Variables): Promise<Known> {
  const { user, exec } = plugin;
  try {
    const answer = answerSchema.parse(parseJson(await run(plugin, variables)));
    if (answer.apiVersion !== exec.apiVersion)
      throw new Error(`it answered as ${answer.apiVersion}, and ${exec.apiVersion} is configured`);
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = answer.status;
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const until = expirationTimestamp ? Date.parse(expirationTimestamp) : Infinity;
    return { credentials: { headers, cert: cert ?? undefined, key: key ?? undefined }, until };
  } catch (error) {
    const hint = exec.installHint ? `; ${exec.installHint.trim()}` : "";
    throw new InputError(
      `the program ${exec.command} gave no credentials for user ${user} of the kubeconfig: ${messageOf(error)}${hint}`,
      { cause: error },
    );
  }
}

/** What it prints, once it has ended well. Its questions go to the terminal, where there is one. */
async function run({ exec, cluster }: Plugin, variables: Variables): Promise<string> {
  const isInteractive = exec.interactiveMode !== "Never" && process.stdin.isTTY;
  if (exec.interactiveMode === "Always" && !isInteractive) throw new Error("it needs a terminal, and there is none");
  const spec = {
    interactive: isInteractive,
    ...(exec.provideClusterInfo ? { cluster: await clusterInfo(cluster) } : {}),
  };
  const info = JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", spec });
  const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  const child = spawn(exec.command, exec.args ?? [], {
    env: { ...variables, ...own, KUBERNETES_EXEC_INFO: info },
    stdio: [isInteractive ? "inherit" : "ignore", "pipe", isInteractive ? "inherit" : "pipe"],
  });
  let [printed, complaint] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(printed);
      else reject(new Error(complaint.trim().slice(-LONGEST_COMPLAINT) || `it ended with code ${code}`));
    });
  });
}

async function clusterInfo(cluster: ClusterEntry): Promise<object> {
  const { server, "tls-server-name": name, "insecure-skip-tls-verify": isUnverified, "proxy-url": proxy } = cluster;
  const ca = await readPem(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  return {
    server,
    "tls-server-name": name ?? undefined,
    "insecure-skip-tls-verify": isUnverified ?? undefined,
    "certificate-authority-data": ca === undefined ? undefined : Buffer.from(ca).toString("base64"),
    "proxy-url": proxy ?? undefined,
    config: cluster.extensions?.find((one) => one.name === EXTENSION)?.extension,
  };
}
