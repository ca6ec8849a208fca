import { reconcile } from "../core/reconcile.ts";
import type { Request } from "../core/request.ts";
import type { World } from "../core/ports.ts";
import type { Configuration } from "../core/settings.ts";
import type { Compose } from "../runtime/compose.ts";
import { aboutOf } from "./about.ts";
import type { About } from "./about.ts";
import { correctFirst } from "./correct-first.ts";
import { createFollower } from "./follow.ts";
import type { Follower } from "./follow.ts";
import { findLeftByAppMesh } from "./left-by-app-mesh.ts";
import { recordReads } from "./record.ts";
import type { Reads } from "./record.ts";
import { remarkOn } from "./remarks.ts";
import type { RemarkedReport } from "./remarks.ts";
import { openWorld } from "./session.ts";
import type { Options, Terminal } from "./session.ts";
import { whyElsewhere, whyUnvouched } from "./unvouched.ts";
import { findUnchosen } from "./unchosen.ts";
import type { Unchosen } from "./unchosen.ts";

/** A world that is ready for passes, and what a command can tell besides their reports. */
export type Ready = Pick<Follower, "left"> & {
  readonly world: World;
  /** What the last pass has read. */
  readonly reads: Reads;
  /** Whom the passes are about, as far as is known by then. */
  readonly about: () => About;
  /** What speaks against this being the cluster that is meant. */
  readonly doubts: () => readonly string[];
  /** The mappings of the last pass that choose no pod. */
  readonly unchosen: (until: number) => Promise<readonly Unchosen[]>;
};

/** `compose`: how the world is made, by default of the cluster as it is; `verb`: what is run again after an interrupt. */
export async function getReady(
  configuration: Configuration,
  options: Options,
  terminal: Terminal,
  { compose, verb = "apply" }: { readonly compose?: Compose; readonly verb?: "apply" | "destroy" } = {},
): Promise<Ready> {
  const { follow, left, ...listeners } = createFollower(terminal.progress, verb);
  const composed = await openWorld(configuration, options, terminal, listeners, compose);
  const { world, reads } = recordReads(follow(composed));
  const about = () => aboutOf(composed, options, reads);
  return {
    world,
    reads,
    left,
    about,
    doubts: () =>
      [whyUnvouched(world.settings, reads, about()), whyElsewhere(world.settings, about())].filter(
        (doubt) => doubt !== undefined,
      ),
    unchosen: (until) =>
      findUnchosen({
        reads,
        listPods: (queries) => composed.cluster.listPods(queries, until),
        listNamespaces: () => composed.listNamespaceNames(until).catch(() => undefined),
      }),
  };
}

/** A pass, and what is worth a warning in what it read: mappings that choose nothing, and what App Mesh left. */
export async function makePass(request: Request, ready: Ready): Promise<RemarkedReport> {
  const { world, reads, unchosen } = ready;
  const report = await reconcile(request, world);
  const [nothing, left] = await Promise.all([
    unchosen(request.deadline),
    findLeftByAppMesh(reads, report, world, request.deadline),
  ]);
  const remarked = remarkOn(correctFirst(report, nothing, reads), nothing, left, reads);
  return { ...remarked, warnings: [...remarked.warnings, ...ready.doubts()] };
}
