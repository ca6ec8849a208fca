import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import type { CloudMapNamespace } from "../core/model.ts";
import { createCalls } from "./calls.ts";
import { listNamespaces } from "./namespaces.ts";

/** Every namespace of this account and region. */
export function listOwnNamespaces(
  client: ServiceDiscoveryClient,
  until: number,
): Promise<readonly CloudMapNamespace[]> {
  const calls = createCalls({ client, rates: {}, onCall: () => {}, onThrottle: () => {}, now: Date.now });
  return listNamespaces(calls, undefined, until);
}
