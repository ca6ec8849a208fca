import { countObjects } from "../core/allowed-claims.ts";
import { clockProblem } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Address } from "../core/model.ts";
import type { NamespaceRead, SourceRead } from "../core/ports.ts";
import type { Report } from "../core/report.ts";
import type { Configuration, Settings } from "../core/settings.ts";
import { CLAIMS_NOTHING, claimsNothing } from "../core/claims-nothing.ts";
import { failed, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import { counted } from "./text.ts";
import type { Unchosen } from "../runtime/remarks/unchosen.ts";
import { checkDocuments } from "./check-documents.ts";
import { checkServices, NEARLY_FULL } from "./check-services.ts";

export function checkDocument(configuration: Configuration): Check {
  const { namespaces, mappings, policy, sources } = configuration;
  const on = Object.entries(sources).flatMap(([name, wanted]) => (wanted === false ? [] : [`${name} (${wanted})`]));
  const says = `${counted(mappings.length, "mapping")}, sources ${on.join(", ") || "none"}, namespaces ${namespaces.join(", ")}`;
  if (claimsNothing(configuration)) return failed("configuration", `${says}: ${CLAIMS_NOTHING}`);
  return policy === "sync"
    ? ok("configuration", says)
    : warning("configuration", `${says}; the policy is ${policy}: what it forbids is held`);
}

type Answer = { readonly status: number; readonly text: string; readonly date?: number | undefined };

/** The API server's answer to `/version`. `now`: milliseconds since the epoch. */
export function checkCluster({ status, text, date }: Answer, now: number): Check {
  if (status === 401) {
    const unknown = "check the kubeconfig's credentials, or the cluster's access entries";
    return failed("cluster", `the API server does not know this identity (401): ${clockProblem(date, now) ?? unknown}`);
  }
  if (status >= 400 && status !== 403)
    return failed("cluster", `the API server answers ${status}: ${text.slice(0, 200).trim()}; check its endpoint`);
  const version = /"gitVersion": *"([^"]+)"/.exec(text)?.[1];
  return ok("cluster", `reached${version === undefined ? "" : `, Kubernetes ${version}`}`);
}

/** A line a namespace; `most`: how many instances Cloud Map takes in each. */
export function checkNamespaces(namespaces: readonly NamespaceRead[], most: number): readonly Check[] {
  return namespaces.map(({ asked, read }) => {
    if ("failure" in read) return failed(`namespace ${asked}`, messageOf(read.failure));
    const { namespace, services } = read.value;
    const says = `${namespace.type}, ${namespace.id}, ${counted(services.length, "service")}`;
    const instances = services.reduce((sum, { instanceCount }) => sum + instanceCount, 0);
    if (instances < NEARLY_FULL * most) return ok(`namespace ${asked}`, says);
    return warning(
      `namespace ${asked}`,
      `${says}; it holds ${instances} instances, whoever registered them, of its quota of ${most}: ask AWS for more ("Instances per namespace" in Service Quotas) and say so in \`quotas.instancesPerNamespace\`, or use another namespace`,
    );
  });
}

/** Everything that a pass needs, from what one has read and said. */
export function checkPass(
  report: Report,
  reads: Reads,
  unchosen: readonly Unchosen[],
  settings: Settings,
): readonly Check[] {
  const { quotas, address } = settings;
  const checks = [
    ...reads.sources.filter(({ source }) => source !== "configuration").flatMap(checkSource),
    ...checkPods(reads, unchosen),
    ...unchosen.map(({ claim, problem }) => warning(claim.origin.name, problem)),
    ...checkNodes(reads, address),
    ...checkNamespaces(reads.namespaces, quotas.instancesPerNamespace),
    ...checkServices(report, reads),
    ...checkDocuments(report, reads, settings),
  ];
  const isTold = (error: string) => checks.some(({ result, message }) => result !== "ok" && error.includes(message));
  return [...checks, ...report.errors.filter((error) => !isTold(error)).map((error) => failed("pass", error))];
}

function checkSource(source: SourceRead): readonly Check[] {
  const check = `source ${source.source}`;
  switch (source.state) {
    case "read":
      return [
        ok(check, counted(countObjects(source.claims), "claim")),
        ...source.broken.map(({ origin, problem }) => failed(check, `${origin.name}: ${problem}`)),
      ];
    case "absent":
      return [
        source.error === undefined
          ? ok(check, "the cluster serves no such kind, and none is needed (auto)")
          : failed(check, messageOf(source.error)),
      ];
    case "failed":
      return [failed(check, messageOf(source.error))];
    default:
      return source satisfies never;
  }
}

/**
 * A line a Kubernetes namespace that is there: an empty list is no proof that it is. None where pods might have named a VirtualNode
 * of another one, and there is no pod.
 */
function checkPods({ pods, sources }: Reads, unchosen: readonly Unchosen[]): readonly Check[] {
  const claims = sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const meant = new Set(
    claims.flatMap(({ pods: { namespace }, from, isNamedByPods }) =>
      isNamedByPods === true && from !== namespace ? [] : [namespace],
    ),
  );
  const missing = new Set(unchosen.flatMap(({ missingNamespace = [] }) => missingNamespace));
  const byNamespace = Map.groupBy(pods.values(), ({ query }) => query.namespace);
  const there = [...byNamespace].filter(([namespace]) => !missing.has(namespace));
  return there.flatMap(([namespace, found]) => {
    const failure = found.flatMap(({ read }) => ("failure" in read ? [read.failure] : []))[0];
    if (failure !== undefined) return [failed(`pods of ${namespace}`, messageOf(failure))];
    const isEmpty = found.every(({ read }) => "value" in read && read.value.length === 0);
    return isEmpty && !meant.has(namespace) ? [] : [ok(`pods of ${namespace}`, "can be listed")];
  });
}

/** Without nodes zones are missing; claims that ask for their nodes' addresses cannot be followed at all. */
function checkNodes({ nodes, sources }: Reads, standard: Address): readonly Check[] {
  const claims = sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const asking = claims.filter(({ address = standard }) => address === "node");
  const needed =
    asking.length === 0
      ? undefined
      : `${asking[0]?.origin.name}${asking.length === 1 ? "" : ` and ${asking.length - 1} more`} ${asking.length === 1 ? "asks" : "ask"} for nodes' addresses (\`address: node\`)`;
  switch (nodes.state) {
    case "read":
      return [
        nodes.warning === undefined ? ok("nodes", counted(nodes.nodes.size, "node")) : warning("nodes", nodes.warning),
      ];
    case "unreadable":
      return needed === undefined
        ? [warning("nodes", nodes.warning)]
        : [
            failed(
              "nodes",
              `${needed}, and they could not be read: grant \`list\` on nodes (\`access: rbac\`); ${nodes.warning}`,
            ),
          ];
    case "off":
      return needed === undefined
        ? []
        : [failed("nodes", `${needed}, and nodes are not read; set \`nodes.zones: true\``)];
    default:
      return nodes satisfies never;
  }
}
