import { OPERATORS } from "../core/model.ts";
import type { Claim } from "../core/model.ts";
import type { Configuration } from "../core/settings.ts";
import { plainPort } from "./ports.ts";

/** The configuration's own mappings, in their order. */
export function configurationClaims({ mappings, labels: defaults }: Configuration): Claim[] {
  return mappings.map(
    ({ service, namespace, pods, port, address, id, labels, attributes, ttl, customHealth, policy }, index) => ({
      namespace,
      service,
      origin: { ...OPERATORS, name: `mappings[${index}]` },
      from: undefined,
      pods: { namespace: pods.namespace, labelSelector: pods.selector ?? "" },
      chooses: () => true,
      ports: port === undefined ? [] : [plainPort(port)],
      address,
      id,
      labels: labels && { include: labels.include ?? defaults.include, exclude: labels.exclude ?? defaults.exclude },
      creation: { ttl, customHealth },
      attributes,
      coreAttributes: {},
      unready: "hide",
      policy,
    }),
  );
}

/** Whether the document itself has instances at their nodes' addresses, for which nodes have to be read. */
export function asksForNodes({ address, mappings }: Pick<Configuration, "address" | "mappings">): boolean {
  return address === "node" || mappings.some((mapping) => mapping.address === "node");
}
