import { ListServicesCommand } from "@aws-sdk/client-servicediscovery";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import type { CloudMapNamespace } from "../core/model.ts";
import { createCalls } from "./calls.ts";
import { listNamespaces } from "./namespaces.ts";
import { listPages } from "./pages.ts";

/** Every namespace of this account and region. */
export function listOwnNamespaces(
  client: ServiceDiscoveryClient,
  until: number,
): Promise<readonly CloudMapNamespace[]> {
  return listNamespaces(callsOf(client), undefined, until);
}

/** What external-dns's registry aws-sd writes into the description of a service, before its owner and resource. */
const HERITAGE = "heritage=external-dns";

/** Whether external-dns says of a service here that it is its own. Without the right to look, it is not known, and false. */
export async function hasExternalDns(client: ServiceDiscoveryClient, until: number): Promise<boolean> {
  try {
    const services = await listPages(
      callsOf(client),
      "ListServices",
      (asked, page) => asked.send(new ListServicesCommand(page)),
      ({ Services }) => Services,
      until,
    );
    return services.some(({ Description = "" }) => Description.includes(HERITAGE));
  } catch {
    return false;
  }
}

function callsOf(client: ServiceDiscoveryClient) {
  return createCalls({ client, rates: {}, onCall: () => {}, onThrottle: () => {}, now: Date.now });
}
