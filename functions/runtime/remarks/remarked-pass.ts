import { reconcile } from "../../core/reconcile.ts";
import type { World } from "../../core/ports.ts";
import type { Request } from "../../core/request.ts";
import type { Composed } from "../compose.ts";
import { correctFirst } from "./correct-first.ts";
import { findLeftByAppMesh } from "./left-by-app-mesh.ts";
import { recordReads } from "./record.ts";
import type { Reads } from "./record.ts";
import { remarkOn } from "./remarks.ts";
import type { RemarkedReport } from "./remarks.ts";
import { findUnchosen } from "./unchosen.ts";
import type { Unchosen } from "./unchosen.ts";

/** A world that is ready for passes of which more is told than the report. */
export type Remarkable = {
  readonly world: World;
  /** What the last pass has read. */
  readonly reads: Reads;
  /** The mappings of the last pass that choose no pod. */
  readonly unchosen: (until: number) => Promise<readonly Unchosen[]>;
};

/** `seen`: the same world, as whoever follows its steps sees it. */
export function makeRemarkable(composed: Composed, seen: World = composed): Remarkable {
  const { world, reads } = recordReads(seen);
  return {
    world,
    reads,
    unchosen: (until) =>
      findUnchosen({
        reads,
        listPods: (queries) => composed.cluster.listPods(queries, until),
        listNamespaces: () => composed.listNamespaceNames(until).catch(() => undefined),
      }),
  };
}

/** A pass, and what is worth a warning in what it read: mappings that choose nothing, and what App Mesh left. */
export async function makeRemarkedPass(
  request: Request,
  { world, reads, unchosen }: Remarkable,
): Promise<RemarkedReport> {
  const report = await reconcile(request, world);
  const [nothing, left] = await Promise.all([
    unchosen(request.deadline),
    findLeftByAppMesh(reads, report, world, request.deadline),
  ]);
  return remarkOn(correctFirst(report, nothing, reads), nothing, left, reads);
}
