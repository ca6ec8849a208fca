import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { keepLabels } from "../functions/core/kept-labels.ts";
import { createKubernetes } from "../functions/kubernetes/cluster.ts";
import { connectKubeconfig } from "../functions/kubernetes/kubeconfig/connect.ts";

/** Megabytes, of the whole process. */
export type Listed = {
  readonly pods: number;
  readonly milliseconds: number;
  readonly before: number;
  readonly peak: number;
};

const NAMESPACE = "farm";
const [, , file = "", way] = process.argv;
const list = way === "typed" ? listTyped() : listProjected();
const before = peakMegabytes();
const begun = performance.now();
const pods = await list();
const listed: Listed = { pods, milliseconds: performance.now() - begun, before, peak: peakMegabytes() };
console.log(JSON.stringify(listed));

/** As a pass does. */
function listProjected(): () => Promise<number> {
  return async () => {
    const { listPods } = createKubernetes(await connectKubeconfig({ file, variables: {} }));
    const keep = keepLabels([], { labels: { include: ["*"], exclude: [] } });
    const [read] = (await listPods([{ namespace: NAMESPACE, labelSelector: "" }], Infinity, keep)).values();
    if (read === undefined || "failure" in read) throw new Error("no complete list", { cause: read?.failure });
    return read.value.length;
  };
}

/** As client-node's generated API does, its objects kept. */
function listTyped(): () => Promise<number> {
  const config = new KubeConfig();
  config.loadFromFile(file);
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, skipTLSVerify: true }));
  const api = config.makeApiClient(CoreV1Api);
  return async () => {
    const items = [];
    let token = "";
    do {
      const paging = token === "" ? { limit: 500 } : { limit: 500, _continue: token };
      const page = await api.listNamespacedPod({ namespace: NAMESPACE, ...paging });
      items.push(...page.items);
      token = page.metadata?.["_continue"] ?? "";
    } while (token !== "");
    return items.length;
  };
}

function peakMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}
