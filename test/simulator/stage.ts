import type { VirtualTime } from "./clock.ts";
import type { Cloud } from "./cloud.ts";
import type { Cluster } from "./cluster.ts";
import type { Faults } from "./faults.ts";
import type { Judge } from "./judge.ts";
import type { Random } from "./random.ts";
import type { ClusterSetup, Document } from "./story.ts";

/** All that events happen to. */
export type Stage = {
  readonly time: VirtualTime;
  readonly random: Random;
  /** Those that were lost among them. */
  readonly clusters: readonly Cluster[];
  /** The one that events happen to. */
  readonly cluster: Cluster;
  /** Makes one more. */
  readonly found: (setup: ClusterSetup) => Cluster;
  readonly cloud: Cloud;
  readonly faults: Faults;
  readonly judge: Judge;
  /** As they are now. */
  readonly documents: Document[];
};

/** The one that a number means: they are counted round and round. */
export function pickAt<T>(things: readonly T[], number: number): T | undefined {
  return things.length === 0 ? undefined : things[number % things.length];
}

export function clusterOf({ clusters }: Pick<Stage, "clusters">, { place }: Document): Cluster {
  const cluster = clusters[place];
  if (cluster === undefined) throw new RangeError(`no cluster ${place}`);
  return cluster;
}

/** The clusters that still answer, as far as faults let them. */
export function notLost({ clusters }: Pick<Stage, "clusters">): readonly Cluster[] {
  return clusters.filter(({ loss }) => loss() === undefined);
}

export function later({ time }: Stage, milliseconds: number, callback: () => void): void {
  time.at(time.now() + milliseconds, callback);
}
