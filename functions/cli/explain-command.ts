import { InputError } from "../core/errors.ts";
import type { Claim, Pod, PodQuery } from "../core/model.ts";
import { renderAbout } from "./about.ts";
import { isPodMeant, nearTo, parseTarget } from "./explain-target.ts";
import type { Target } from "./explain-target.ts";
import { explain } from "./explain.ts";
import { getReady, makePass } from "./pass.ts";
import type { Ready } from "./pass.ts";
import { balancersRead, podsRead } from "../runtime/remarks/record.ts";
import { tellProblems } from "./problems.ts";
import { listSome, renderExplanation } from "./render-explain.ts";
import { dryPass, readConfiguration } from "./session.ts";
import type { Options, Terminal } from "./session.ts";

/** Why a pod, an instance, an address, a service or a mapping is, or is not, in Cloud Map. Returns the exit code. */
export async function runExplain(text: string, options: Options, terminal: Terminal): Promise<0 | 1> {
  const target = parseTarget(text);
  const configuration = await readConfiguration(options, terminal);
  const ready = await getReady(configuration, options, terminal);
  const { reads, world } = ready;
  const request = dryPass([{ kind: "all" }], world);
  const report = await makePass(request, ready);
  const pods = await findPods(target, ready, request.deadline);
  const explanation = explain(target, pods, report, reads, world.settings);
  terminal.progress("");
  const { instances, services, mappings } = explanation;
  const isFound = pods.length + instances.length + services.length + mappings.length > 0;
  const near = isFound ? [] : nearTo(target, report, reads);
  const about = ready.about();
  const missing = isFound ? undefined : notFound(text, near, ready);
  const errors = missing === undefined ? report.errors : [...report.errors, missing.message];
  if (options.output === "json")
    terminal.out(
      `${JSON.stringify({ about, ...explanation, near, errors, ok: errors.length === 0 && report.ok }, null, 2)}\n`,
    );
  else
    terminal.out(renderAbout(about, terminal.style) + (isFound ? renderExplanation(explanation, terminal.style) : ""));
  if (missing !== undefined) throw missing;
  tellProblems({ warnings: [], errors: report.errors, services: report.services }, terminal);
  return report.ok ? 0 : 1;
}

/** Says where was looked, too. */
function notFound(text: string, near: readonly string[], { reads, world }: Ready): InputError {
  const looked = [...new Set([...reads.pods.values()].map(({ query }) => query.namespace))];
  const advice = text.includes("/")
    ? "; a pod that is gone, and whose instance is too, is in the log alone"
    : "; write a pod of another Kubernetes namespace as NAMESPACE/NAME, or choose another cluster with --context";
  const meant = near.length === 0 ? "" : `; did you mean ${near.join(", or ")}?`;
  return new InputError(
    `nothing is called ${text}${meant}${meant === "" ? "; looked" : " Looked"} among pods of ${listSome(looked, "no Kubernetes namespace")}, instances and services of ${listSome(world.settings.namespaces, "no namespace")}, and mappings${advice}`,
  );
}

/** Those that are meant; what no list has shown is looked for in the Kubernetes namespaces of the mappings. */
async function findPods(target: Target, { world, reads }: Ready, until: number): Promise<readonly Pod[]> {
  const isMeant = (pod: Pod) => isPodMeant(target, pod);
  const seen = [...podsRead(reads), ...balancersRead(reads)].filter(isMeant);
  if (seen.length > 0) return seen;
  const claims = reads.sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const lists = await world.cluster.listPods(queriesFor(target, claims), until);
  return [...lists.values()].flatMap((read) => ("value" in read ? read.value.filter(isMeant) : []));
}

function queriesFor({ name, kind }: Target, claims: readonly Claim[]): readonly PodQuery[] {
  const [first = "", second] = name.split("/");
  if (second === undefined)
    return [...new Set(claims.map(({ pods }) => pods.namespace))].map((namespace) => ({
      namespace,
      labelSelector: "",
    }));
  return [{ namespace: first, labelSelector: "", ...(kind === "workload" ? {} : { name: second }) }];
}
