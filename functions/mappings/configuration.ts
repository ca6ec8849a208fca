import type { Claim } from "../core/model.ts";
import type { Configuration } from "../core/settings.ts";
import { plainPort } from "./ports.ts";

/** The configuration's own mappings, in their order. */
export function configurationClaims({ mappings }: Configuration): Claim[] {
  return mappings.map(({ service, namespace, pods, port, attributes, policy }, index) => ({
    namespace,
    service,
    origin: { source: "configuration", name: `mappings[${index}]` },
    from: undefined,
    pods: { namespace: pods.namespace, labelSelector: pods.selector ?? "" },
    chooses: () => true,
    ports: port === undefined ? [] : [plainPort(port)],
    id: undefined,
    attributes,
    coreAttributes: {},
    unready: "hide",
    policy,
  }));
}
