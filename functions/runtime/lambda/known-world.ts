import type { Logger } from "@aws-lambda-powertools/logger";
import { createHistory } from "../../core/history.ts";
import type { History } from "../../core/history.ts";
import type { Registry } from "../../core/ports.ts";
import { composeWorld } from "../compose.ts";
import type { ClusterAccess, Composed } from "../compose.ts";
import { parseEnvironment } from "../configuration/environment.ts";
import type { ReadConfiguration } from "./read-configuration.ts";
import type { Telemetry } from "./telemetry.ts";

type Options = {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly readConfiguration: ReadConfiguration["read"];
  readonly telemetry: Pick<Telemetry, "onCall" | "onThrottle" | "warn">;
  readonly logger: Pick<Logger, "debug">;
  /** See `composeWorld`. */
  readonly isFrequent: boolean;
  /** By its name through EKS, unless said otherwise. */
  readonly access?: ClusterAccess;
};

/** What passes work on, by the configuration as it is. */
export type KnownWorld = {
  /** `until`: when to give up finding out which cluster it is, in milliseconds since the epoch. */
  readonly read: (until?: number) => Promise<Composed>;
  /** Makes the next one anew: the cluster may have moved, or its certificate. */
  readonly forget: () => void;
};

/** What every world of a document shares. */
type Remembered = {
  readonly document: string;
  readonly history: History;
  readonly registries: Map<string, Registry>;
};

/** Connections, credentials and what was sent lately are kept as long as the document stays the same. */
export function createKnownWorld({
  variables,
  readConfiguration,
  telemetry,
  logger,
  isFrequent,
  access = { kind: "eks" },
}: Options): KnownWorld {
  let composed: { readonly document: string; readonly world: Promise<Composed> } | undefined;
  let remembered: Remembered | undefined;
  const forget = () => {
    composed = undefined;
  };
  return {
    forget,
    read: async (until = Infinity) => {
      const { text, configuration } = await readConfiguration();
      if (composed?.document === text) return composed.world;
      logger.debug("composed anew", { configuration });
      if (remembered?.document !== text)
        remembered = { document: text, history: createHistory(), registries: new Map() };
      const { onCall, onThrottle, warn: onWarning } = telemetry;
      const world = composeWorld({
        configuration,
        access,
        environment: parseEnvironment(variables),
        history: remembered.history,
        registries: remembered.registries,
        isFrequent,
        until,
        onCall,
        onThrottle,
        onWarning,
      });
      composed = { document: text, world };
      world.catch(forget);
      return world;
    },
  };
}
