import type { VirtualTime } from "./clock.ts";
import type { Random } from "./random.ts";
import type { FaultKind, Seam } from "./story.ts";

/** What goes wrong now and then, as long as it is said to. */
export type Faults = {
  readonly begin: (seam: Seam, kind: FaultKind, chance: number, until: number) => void;
  /** Nothing at all answers until then. */
  readonly blackOut: (until: number) => void;
  readonly isDark: () => boolean;
  /** What befalls one call at a seam, if anything. */
  readonly strike: (seam: Seam) => FaultKind | undefined;
  /** Whether a kind is about at a seam, for what is no single call. */
  readonly isOn: (seam: Seam, kind: FaultKind) => boolean;
  readonly end: () => void;
  /** How often something was struck. */
  readonly count: () => number;
};

export function createFaults(time: VirtualTime, random: Random): Faults {
  let windows: readonly {
    readonly seam: Seam;
    readonly kind: FaultKind;
    readonly chance: number;
    readonly until: number;
  }[] = [];
  let struck = 0;
  let darkUntil = -Infinity;
  const isDark = () => time.now() < darkUntil;
  const openAt = (seam: Seam) => windows.filter((one) => one.seam === seam && one.until > time.now());
  return {
    begin: (seam, kind, chance, until) => {
      windows = [...windows.filter((one) => one.until > time.now()), { seam, kind, chance, until }];
    },
    blackOut: (until) => {
      darkUntil = until;
    },
    isDark,
    strike: (seam) => {
      if (isDark()) {
        struck += 1;
        return "silent";
      }
      const hit = openAt(seam).find(({ chance }) => random.chance(chance));
      if (hit !== undefined) struck += 1;
      return hit?.kind;
    },
    isOn: (seam, kind) => openAt(seam).some((one) => one.kind === kind),
    end: () => {
      windows = [];
      darkUntil = -Infinity;
    },
    count: () => struck,
  };
}
