import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Kubeconfig } from "./document.ts";
import type { Found, Variables } from "./files.ts";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const NAME = "in-cluster";

/** What a pod's service account may, as kubectl does in a pod without a kubeconfig; undefined elsewhere. */
export function findServiceAccount(variables: Variables, folder = FOLDER): Found | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = variables;
  const tokenFile = join(folder, "token");
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const kubeconfig: Kubeconfig = {
    currentContext: NAME,
    contexts: new Map([[NAME, { cluster: NAME, user: NAME }]]),
    clusters: new Map([[NAME, { server, "certificate-authority": join(folder, "ca.crt") }]]),
    users: new Map([[NAME, { tokenFile }]]),
  };
  return { origin: "the pod's service account", kubeconfig };
}
