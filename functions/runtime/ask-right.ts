import { createCalls } from "../cloudmap/calls.ts";
import { createAskRight } from "../cloudmap/rights.ts";
import type { AskRight } from "../core/rights.ts";
import type { Configuration } from "../core/settings.ts";
import { createCloudMapClient } from "./compose.ts";
import type { Environment } from "./configuration/environment.ts";

/** Asks AWS what this process may write. `owner`: what services are tagged with; `until`: when to stop, in milliseconds since the epoch. */
export function composeAskRight(
  { namespaces, services, rates, part }: Configuration,
  environment: Environment,
  owner: string,
  until: number,
): AskRight {
  const client = createCloudMapClient(environment);
  const calls = createCalls({ client, rates, onCall: () => {}, onThrottle: () => {}, now: Date.now });
  return createAskRight(calls, { namespaces, services, part, owner }, until);
}
