import type { Claims } from "./case.ts";
import { settle } from "./settle.ts";
import { messageOf } from "./errors.ts";
import { podOf } from "./instances.ts";
import type { Ledger } from "./ledger.ts";
import type { Look } from "./look.ts";
import { podName, byText } from "./model.ts";
import type { Seen } from "./observe.ts";
import type { Plan } from "./plan.ts";
import type { World } from "./ports.ts";
import type { ServiceLists } from "./service-lists.ts";
import type { Request } from "./request.ts";
import { hold } from "./hold.ts";
import type { Decided } from "./hold.ts";
import { findTakeOvers } from "./take-overs.ts";

type Around = {
  readonly claims: Claims;
  readonly lists: ServiceLists;
  readonly look: Look;
  readonly ledger: Ledger;
};

/** Finds out what the rules ask about, and asks them. */
export async function decide(
  plan: Plan,
  seen: Seen,
  { claims, lists, look, ledger }: Around,
  { force, dryRun, deadline }: Request,
  world: World,
): Promise<Decided> {
  const { history, now } = world;
  const decided = hold(plan, {
    seen,
    force,
    dryRun,
    wrongCluster: ledger.wrongCluster(),
    isClusterEmpty: await isClusterEmpty(plan, seen, { claims, look, ledger }, world),
    takeOvers: await findTakeOvers(plan, seen, { claims, lists }, deadline, world),
    strays: claims.strays,
    history,
    now: now(),
  });
  for (const { reason, change } of decided.held) {
    if (reason !== "contested" || change?.pod === undefined || seen.subject.service === undefined) continue;
    history.noteContested({ service: seen.subject.service.id, id: change.id, pod: podName(change.pod), at: now() });
  }
  return decided;
}

/** Asked only where something is to be removed and no list has shown a pod. Where it cannot be known, the cluster counts as empty. */
async function isClusterEmpty(
  { proposals }: Plan,
  { sightings, instances }: Seen,
  { claims, look, ledger }: Omit<Around, "lists">,
  { settings }: World,
): Promise<boolean> {
  const isAsked = !sightings.sawAnyPod && proposals.some(({ change }) => change.kind === "deregister");
  if (!isAsked || settings.identity.mayBeEmpty) return false;
  const anyPod = await settle(() => look.anyPod(namespacesOf(claims, instances)));
  if ("failure" in anyPod) ledger.noteError(messageOf(anyPod.failure));
  return "failure" in anyPod || !anyPod.value;
}

/** The Kubernetes namespaces of every mapping, in scope or not, and of these instances. */
export function namespacesOf({ subjects }: Pick<Claims, "subjects">, instances: Seen["instances"]): readonly string[] {
  const mapped = subjects.flatMap(({ mappings }) => mappings.map(({ pods }) => pods.namespace));
  const known = instances.flatMap((instance) => podOf(instance)?.namespace ?? []);
  return [...new Set([...mapped, ...known])].toSorted(byText);
}
