import type { KubernetesWorld } from "../world.ts";
import { syncDeployment } from "./deployments.ts";
import { createKubelets } from "./kubelets.ts";
import { collectGarbage } from "./owners.ts";
import { syncReplicaSet } from "./replica-sets.ts";

const WATCHED = ["apps/deployments", "apps/replicasets", "/pods", "/nodes"];
/** What comes within so many milliseconds is looked at together. */
const PAUSE = 10;

/**
 * What makes a Deployment's word true: controllers, scheduler and kubelets, until the function that it answers with is called. How long
 * pods take to come and to go is the world's to say (`podStartMs`, `deletionGracePeriodMs`).
 */
export function startControllers(world: KubernetesWorld): () => void {
  const kubelets = createKubelets(world);
  let timer: NodeJS.Timeout | undefined;
  const sync = () => {
    timer = undefined;
    collectGarbage(world);
    for (const deployment of world.list("Deployment")) syncDeployment(world, deployment);
    for (const set of world.list("ReplicaSet")) syncReplicaSet(world, set);
    kubelets.sync();
  };
  const wake = () => {
    timer ??= setTimeout(sync, PAUSE).unref();
  };
  const unsubscribe = world.store.subscribe(({ storage }) => {
    if (WATCHED.includes(storage)) wake();
  });
  wake();
  return () => {
    unsubscribe();
    clearTimeout(timer);
    kubelets.stop();
  };
}
