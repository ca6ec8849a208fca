import { isClaimed } from "./case.ts";
import type { Case, Claims } from "./case.ts";
import { namespacesOf } from "./decide.ts";
import { messageOf } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { serviceName } from "./model.ts";
import type { World } from "./ports.ts";
import type { Request } from "./request.ts";
import { settle } from "./settle.ts";

/**
 * Deletes services that nobody claims and that are empty, where the configuration says so: on sweeps, of this owner's own making.
 * Not while a source cannot be read, which might claim them, nor where the cluster lists no pod at all.
 */
export async function deleteEmptyServices(
  cases: readonly Case[],
  claims: Claims,
  ledger: Ledger,
  { sweep, dryRun, deadline }: Request,
  { cluster, registry, settings }: World,
): Promise<void> {
  if (!settings.deleteServices || settings.policy !== "sync" || dryRun || !sweep) return;
  const isInDoubt = claims.sources.some((source) => source.state !== "read" && source.error !== undefined);
  // Somebody may have claimed one since the pass began.
  const claimed = new Set(claims.subjects.filter(isClaimed).map(({ key }) => serviceName(key)));
  const empty = cases.filter(
    ({ subject }) =>
      subject.service?.instanceCount === 0 && !isClaimed(subject) && !claimed.has(serviceName(subject.key)),
  );
  if (isInDoubt || empty.length === 0 || ledger.wrongCluster() !== undefined) return;
  if (!settings.identity.mayBeEmpty) {
    const anyPod = await settle(() => cluster.hasAnyPod(namespacesOf(claims, []), deadline));
    if ("failure" in anyPod) ledger.noteError(messageOf(anyPod.failure));
    if ("failure" in anyPod || !anyPod.value) return;
  }
  await Promise.all(
    empty.map(async (one) => {
      const { service } = one.subject;
      if (service === undefined) return;
      const deleted = await settle(() => registry.deleteService(service, deadline));
      if ("failure" in deleted) ledger.noteError(messageOf(deleted.failure));
      else if (deleted.value) ledger.noteDeleted(one);
    }),
  );
}
