import type { Request } from "../core/request.ts";
import type { Configuration } from "../core/settings.ts";
import type { Compose } from "../runtime/compose.ts";
import { makeRemarkable, makeRemarkedPass } from "../runtime/remarks/remarked-pass.ts";
import type { Remarkable } from "../runtime/remarks/remarked-pass.ts";
import type { RemarkedReport } from "../runtime/remarks/remarks.ts";
import { aboutOf } from "./about.ts";
import type { About } from "./about.ts";
import { createFollower } from "./follow.ts";
import type { Follower } from "./follow.ts";
import { openWorld } from "./session.ts";
import type { Options, Terminal } from "./session.ts";
import { whyElsewhere, whyUnvouched } from "./unvouched.ts";

/** A world that is ready for passes, and what a command can tell besides their reports. */
export type Ready = Pick<Follower, "left"> &
  Remarkable & {
    /** Whom the passes are about, as far as is known by then. */
    readonly about: () => About;
    /** What speaks against this being the cluster that is meant. */
    readonly doubts: () => readonly string[];
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
  const remarkable = makeRemarkable(composed, follow(composed));
  const { world, reads } = remarkable;
  const about = () => aboutOf(composed, options, reads);
  return {
    ...remarkable,
    left,
    about,
    doubts: () =>
      [whyUnvouched(world.settings, reads, about()), whyElsewhere(world.settings, about())].filter(
        (doubt) => doubt !== undefined,
      ),
  };
}

/** A pass with its remarks, and what speaks against its being in the cluster that is meant. */
export async function makePass(request: Request, ready: Ready): Promise<RemarkedReport> {
  const remarked = await makeRemarkedPass(request, ready);
  return { ...remarked, warnings: [...remarked.warnings, ...ready.doubts()] };
}
