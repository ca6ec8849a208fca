import { raise, settleApps } from "./cluster-events.ts";
import type { Cluster } from "./cluster.ts";
import type { Processes } from "./processes.ts";
import { stampOf } from "./stamp.ts";
import { clusterOf, later, notLost, pickAt } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { ClusterSetup, Document, Event } from "./story.ts";

type Of<K extends Event["kind"]> = Extract<Event, { readonly kind: K }>;

/** Where a deployment begins anew once its Region is lost for good. */
const ELSEWHERE = { region: "us-east-1", network: "10.9" } as const;

/** It never answers again, whatever becomes of its pods; what it has registered is all that is left of it. */
export function loseCluster(stage: Stage, event: Of<"cluster-lost">): void {
  const lost = pickAt(notLost(stage), event.cluster);
  if (lost === undefined) return;
  lost.lose(event.isSilent ? "silent" : "unreachable");
  later(stage, event.takesOver, () => takeOver(stage, lost, event));
}

function takeOver(stage: Stage, lost: Cluster, event: Of<"cluster-lost">): void {
  const { network, pods, isRenamed, vouches } = event;
  const successor = succeed(stage, lost, { network }, pods);
  const moved = rewrite(stage, lost, (document) => ({
    ...document,
    place: stage.clusters.indexOf(successor),
    ...(isRenamed && document.isByKubeconfig !== true ? renamed(document, "next") : {}),
  }));
  if (vouches === undefined) return;
  // A person says whose the instances were, and then that the cluster is gone.
  later(stage, vouches / 2, () =>
    rewrite(stage, successor, (document) => {
      const before = moved.get(document.part);
      return before === undefined || before.owner === document.owner
        ? document
        : { ...document, previousOwners: [stampOf(before)] };
    }),
  );
  later(stage, vouches, () =>
    rewrite(stage, successor, (document) =>
      event.isBeside && document.isByKubeconfig === true
        ? { ...document, isNewCluster: true }
        : { ...document, previousClusters: [lost.uid] },
    ),
  );
}

/**
 * No call is answered and no function runs; operations that were under way have been carried out or lost, and nobody is told
 * which. Functions begin anew, and remember nothing.
 */
export function loseRegion(stage: Stage, processes: Processes, { lasts, isForGood }: Of<"region-lost">): void {
  const { cloud, faults, random, time } = stage;
  faults.blackOut(time.now() + lasts);
  processes.killAll();
  cloud.settle(() => random.chance(0.5));
  if (isForGood) later(stage, lasts, () => beginElsewhere(stage));
}

/** The same documents and claims, in another Region: a Cloud Map that holds nothing, and clusters of other names. */
function beginElsewhere(stage: Stage): void {
  stage.cloud.empty();
  for (const lost of notLost(stage)) {
    lost.lose("unreachable");
    const successor = succeed(stage, lost, ELSEWHERE, 0);
    const place = stage.clusters.indexOf(successor);
    rewrite(stage, lost, (document) => ({ ...document, ...renamed(document, "elsewhere"), place }));
  }
}

/** Another cluster of the same objects; its pods come after so many milliseconds, or are there already. */
function succeed(stage: Stage, lost: Cluster, change: Partial<ClusterSetup>, pods: number): Cluster {
  lost.end();
  const successor = stage.found({ ...lost.setup, name: `${lost.setup.name}-${change.region ?? "next"}`, ...change });
  const within = { ...stage, cluster: successor };
  if (pods === 0) settleApps(within);
  else
    later(within, pods, () => {
      for (const app of successor.apps) for (let index = 0; index < app.replicas; index++) raise(within, app);
    });
  return successor;
}

/** Changes the documents of a cluster; returns them as they were, by their parts. */
function rewrite(
  stage: Stage,
  cluster: Cluster,
  change: (document: Document) => Document,
): ReadonlyMap<string, Document> {
  const { documents, judge } = stage;
  const before = new Map<string, Document>();
  for (const [index, document] of documents.entries()) {
    if (clusterOf(stage, document) !== cluster) continue;
    before.set(document.part, document);
    documents[index] = change(document);
  }
  judge.refresh();
  return before;
}

function renamed({ cluster, owner, clusterArn }: Document, suffix: string): Partial<Document> {
  return {
    cluster: `${cluster}-${suffix}`,
    clusterArn: `${clusterArn}-${suffix}`,
    owner: `${owner}-${suffix}`,
  };
}
