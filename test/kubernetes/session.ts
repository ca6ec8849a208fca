import { randomUUID } from "node:crypto";
import { queryKey } from "../../functions/core/model.ts";
import type { Pod, PodQuery } from "../../functions/core/model.ts";
import { createKubernetes } from "../../functions/kubernetes/cluster.ts";
import { createConnection } from "../../functions/kubernetes/connection.ts";
import { startApiProxy } from "../support/api-proxy.ts";
import type { ApiServer } from "../support/api-proxy.ts";

/** The adapter and an API server with a proxy between them, and what a test puts on the server. */
export async function openSession(target: ApiServer) {
  const proxy = await startApiProxy(target);
  return {
    proxy,
    adapter,
    podsOf,
    createNamespace,
    createPods,
    deletePod,
    continueToken,
    /** Whether each request since `proxy.log` was emptied asked for a page after the first. */
    continued: () => proxy.log.map((line) => line.includes("continue=")),
  };

  /** The adapter through the proxy, as the administrator or as somebody else. */
  function adapter({
    token = target.token,
    renewedToken = target.token,
    impersonateUser,
  }: { readonly token?: string; readonly renewedToken?: string; readonly impersonateUser?: string } = {}) {
    let current = token;
    const acting = impersonateUser === undefined ? {} : { "impersonate-user": impersonateUser };
    const credentials = () => Promise.resolve({ headers: { authorization: `Bearer ${current}`, ...acting } });
    const renew = () => {
      current = renewedToken;
    };
    return createKubernetes(createConnection({ server: new URL(proxy.url) }, { credentials, renew }));
  }

  async function podsOf(query: PodQuery, { listPods } = adapter()): Promise<readonly Pod[]> {
    const read = (await listPods([query], Infinity)).get(queryKey(query));
    if (read === undefined || "failure" in read) throw read?.failure ?? new Error("not listed");
    return read.value;
  }

  async function createNamespace(): Promise<string> {
    const name = `shop-${randomUUID().slice(0, 8)}`;
    await proxy.send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    return name;
  }

  /** Pods that nobody schedules: they stay as they are written. */
  async function createPods(
    namespace: string,
    names: readonly string[],
    labels: Readonly<Record<string, string>> = { app: "web" },
  ): Promise<void> {
    const containers = [{ name: "app", image: "app", ports: [{ name: "http", containerPort: 8080 }] }];
    const pending = names.map((name) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels, annotations: { "appmesh.k8s.aws/virtualNode": "front" } },
      spec: { schedulerName: "nobody", containers },
    }));
    const work = async () => {
      for (let pod = pending.shift(); pod !== undefined; pod = pending.shift())
        await proxy.send("POST", `/api/v1/namespaces/${namespace}/pods`, pod);
    };
    await Promise.all(Array.from({ length: 16 }, work));
  }

  /** The token for the page after the first; given one, for the page after that, or `expired`. */
  async function continueToken(namespace: string, token = ""): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/pods?limit=500&continue=${encodeURIComponent(token)}`;
    const list = await proxy.send("GET", path).catch((error: unknown) => error);
    if (list instanceof Error) return /: 410 /.test(list.message) ? "expired" : list.message;
    return (list as { readonly metadata: { readonly continue?: string } }).metadata.continue ?? "";
  }

  async function deletePod(namespace: string, name: string): Promise<void> {
    await proxy.send("DELETE", `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`);
  }
}
