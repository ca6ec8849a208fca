import { groupVersionOf, isRecord, listAt, numberAt, textAt } from "./objects.ts";
import type { KubernetesObject, Resource } from "./objects.ts";

export type TableOptions = { readonly includeObject: "None" | "Metadata" | "Object" };

/** `wide` columns show with `-o wide` alone. */
type Column = {
  readonly name: string;
  readonly wide?: boolean;
  readonly cell: (object: KubernetesObject, now: Date) => string | number;
};

/** The options of a request that wants a Table; undefined for one that does not. */
export function parseTableOptions(request: Request, query: URLSearchParams): TableOptions | undefined {
  const [first = ""] = (request.headers.get("accept") ?? "").split(",");
  if (!/;\s*as=Table/.test(first) || !first.includes("v=v1")) return undefined;
  const asked = query.get("includeObject");
  return { includeObject: asked === "None" || asked === "Object" ? asked : "Metadata" };
}

/** What `kubectl get` prints: the server makes the columns. */
export function tableOf(
  resource: Resource,
  objects: readonly KubernetesObject[],
  metadata: object,
  now: Date,
  { includeObject }: TableOptions,
): object {
  const columns = columnsOf[resource.kind] ?? [nameColumn, ageColumn];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name, wide }) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description: "",
      priority: wide === true ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, now)),
      ...(includeObject === "None"
        ? {}
        : { object: includeObject === "Object" ? whole(resource, object) : partial(object) }),
    })),
  };
}

const partial = ({ metadata }: KubernetesObject) => ({
  kind: "PartialObjectMetadata",
  apiVersion: "meta.k8s.io/v1",
  metadata,
});
const whole = (resource: Resource, object: KubernetesObject) => ({ ...object, apiVersion: groupVersionOf(resource) });

const none = (text: string) => text || "<none>";
const unknown = (text: string) => text || "<unknown>";
const nameColumn: Column = { name: "Name", cell: ({ metadata }) => metadata.name };
const ageColumn: Column = {
  name: "Age",
  cell: ({ metadata }, now) => {
    const since = Date.parse(metadata.creationTimestamp ?? "");
    return Number.isNaN(since) ? "<unknown>" : humanDuration(now.getTime() - since);
  },
};
const column = (name: string, cell: Column["cell"], wide = false): Column => ({ name, cell, wide });

const columnsOf: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    nameColumn,
    column("Ready", (pod) => {
      const ready = listAt(pod, "status.containerStatuses").filter(
        (status) => textAt(status, "ready") === "true",
      ).length;
      return `${ready}/${listAt(pod, "spec.containers").length}`;
    }),
    column("Status", podStatus),
    column("Restarts", (pod) =>
      String(
        listAt(pod, "status.containerStatuses").reduce<number>(
          (sum, status) => sum + Number(textAt(status, "restartCount")),
          0,
        ),
      ),
    ),
    ageColumn,
    column("IP", (pod) => none(textAt(pod, "status.podIP")), true),
    column("Node", (pod) => none(textAt(pod, "spec.nodeName")), true),
    column("Nominated Node", (pod) => none(textAt(pod, "status.nominatedNodeName")), true),
    column("Readiness Gates", readinessGates, true),
  ],
  Node: [
    nameColumn,
    column("Status", (node) => {
      const ready = conditionOf(node, "Ready");
      const words = [ready === "True" ? "Ready" : ready === "" ? "Unknown" : "NotReady"];
      return words.concat(textAt(node, "spec.unschedulable") === "true" ? ["SchedulingDisabled"] : []).join(",");
    }),
    column("Roles", ({ metadata }) => {
      const prefix = "node-role.kubernetes.io/";
      const labels = Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
      return none(labels.map((label) => label.slice(prefix.length)).join(","));
    }),
    ageColumn,
    column("Version", (node) => textAt(node, "status.nodeInfo.kubeletVersion")),
    column("Internal-IP", (node) => none(addressOf(node, "InternalIP")), true),
    column("External-IP", (node) => none(addressOf(node, "ExternalIP")), true),
    column("OS-Image", (node) => unknown(textAt(node, "status.nodeInfo.osImage")), true),
    column("Kernel-Version", (node) => unknown(textAt(node, "status.nodeInfo.kernelVersion")), true),
    column("Container-Runtime", (node) => unknown(textAt(node, "status.nodeInfo.containerRuntimeVersion")), true),
  ],
  Service: [
    nameColumn,
    column("Type", (service) => textAt(service, "spec.type")),
    column("Cluster-IP", (service) => none(textAt(service, "spec.clusterIP"))),
    column("External-IP", () => "<none>"),
    column("Port(s)", (service) => none(listAt(service, "spec.ports").map(portOf).join(","))),
    ageColumn,
    column("Selector", (service) => none(selectorOf(service)), true),
  ],
  Deployment: [
    nameColumn,
    column(
      "Ready",
      (deployment) => `${numberAt(deployment, "status.readyReplicas")}/${numberAt(deployment, "spec.replicas")}`,
    ),
    column("Up-to-date", (deployment) => numberAt(deployment, "status.updatedReplicas")),
    column("Available", (deployment) => numberAt(deployment, "status.availableReplicas")),
    ageColumn,
  ],
  ReplicaSet: [
    nameColumn,
    column("Desired", (set) => numberAt(set, "spec.replicas")),
    column("Current", (set) => numberAt(set, "status.replicas")),
    column("Ready", (set) => numberAt(set, "status.readyReplicas")),
    ageColumn,
  ],
  Namespace: [nameColumn, column("Status", (namespace) => textAt(namespace, "status.phase")), ageColumn],
};

function podStatus(pod: KubernetesObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const waiting = listAt(pod, "status.containerStatuses").map((status) => textAt(status, "state.waiting.reason"));
  const terminated = listAt(pod, "status.containerStatuses").map((status) => textAt(status, "state.terminated.reason"));
  const reason = textAt(pod, "status.reason") || textAt(pod, "status.phase");
  return [...waiting, ...terminated].find((reason) => reason !== "") ?? reason;
}

function readinessGates(pod: KubernetesObject): string {
  const gates = listAt(pod, "spec.readinessGates").map((gate) => conditionOf(pod, textAt(gate, "conditionType")));
  return gates.length === 0 ? "<none>" : `${gates.filter((status) => status === "True").length}/${gates.length}`;
}

const portOf = (port: unknown) => `${textAt(port, "port")}/${textAt(port, "protocol")}`;

function selectorOf(service: KubernetesObject): string {
  const { selector = {} } = isRecord(service["spec"]) ? service["spec"] : {};
  return Object.entries(isRecord(selector) ? selector : {})
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
}

const conditionOf = (object: KubernetesObject, type: string) =>
  textAt(
    listAt(object, "status.conditions").find((condition) => isRecord(condition) && condition["type"] === type),
    "status",
  );

const addressOf = (node: KubernetesObject, type: string) =>
  textAt(
    listAt(node, "status.addresses").find((address) => isRecord(address) && address["type"] === type),
    "address",
  );

/** As kubectl and the server shorten ages: two units where they are small, else one. */
function humanDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return `${minutes}m${rest(seconds % 60, "s")}`;
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return `${hours}h${rest(minutes % 60, "m")}`;
  if (hours < 48) return `${hours}h`;
  if (days < 8) return `${days}d${rest(hours % 24, "h")}`;
  return days < 730 ? `${days}d` : `${Math.floor(days / 365)}y${rest(days % 365, "d")}`;
}

const rest = (amount: number, unit: string) => (amount === 0 ? "" : `${amount}${unit}`);
