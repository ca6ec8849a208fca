import { InputError } from "../core/errors.ts";
import { podName } from "../core/model.ts";
import type { Pod, PodQuery } from "../core/model.ts";
import { renderAbout } from "./about.ts";
import { explain } from "./explain.ts";
import { getReady, makePass } from "./pass.ts";
import type { Ready } from "./pass.ts";
import { balancersRead, podsRead } from "./record.ts";
import { tellProblems } from "./problems.ts";
import { renderExplanation } from "./render-explain.ts";
import { dryPass, readConfiguration } from "./session.ts";
import type { Options, Terminal } from "./session.ts";

/** Why a pod, an instance, an address or a service is, or is not, in Cloud Map. Returns the exit code. */
export async function runExplain(target: string, options: Options, terminal: Terminal): Promise<0 | 1> {
  const configuration = await readConfiguration(options, terminal);
  const ready = await getReady(configuration, options, terminal);
  const request = dryPass([{ kind: "all" }], ready.world);
  const report = await makePass(request, ready);
  const pods = await findPods(target, ready, request.deadline);
  const explanation = explain(target, pods, report, ready.reads, ready.world.settings);
  terminal.progress("");
  const { instances, services } = explanation;
  if (pods.length + instances.length + services.length === 0)
    throw new InputError(
      `nothing is called ${target}: no pod (NAMESPACE/NAME, or its name or address where a mapping selects in its namespace), no instance and no service; check the name, and --context`,
    );
  const about = ready.about();
  terminal.out(
    options.output === "json"
      ? `${JSON.stringify({ about, ...explanation, ok: report.ok }, null, 2)}\n`
      : renderAbout(about, terminal.style) + renderExplanation(explanation, terminal.style),
  );
  tellProblems({ warnings: [], errors: report.errors, services: [] }, terminal);
  return report.ok ? 0 : 1;
}

/** Those that are called so, or have that address; what no list has shown is looked for in the Kubernetes namespaces of the mappings. */
async function findPods(target: string, { world, reads }: Ready, until: number): Promise<readonly Pod[]> {
  const isMeant = ({ key, ips }: Pod) =>
    [key.name, `${key.namespace}/${key.name}`, podName(key), ...ips].includes(target);
  const seen = [...podsRead(reads), ...balancersRead(reads)].filter(isMeant);
  if (seen.length > 0) return seen;
  const claims = reads.sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const [namespace, name] = target.includes("/") ? target.split("/") : [];
  const queries: readonly PodQuery[] =
    namespace !== undefined && name !== undefined
      ? [{ namespace, labelSelector: "", name }]
      : [...new Set(claims.map(({ pods }) => pods.namespace))].map((one) => ({ namespace: one, labelSelector: "" }));
  const lists = await world.cluster.listPods(queries, until);
  return [...lists.values()].flatMap((read) => ("value" in read ? read.value.filter(isMeant) : []));
}
