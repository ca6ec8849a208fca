import type { Claim, Service } from "../core/model.ts";
import { warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { Reads } from "../runtime/remarks/record.ts";

/** A line for each thing that mappings say of how this service is created, and that it, being there already, is not. */
export function checkCreation(check: string, service: Service, { sources }: Reads): readonly Check[] {
  const claims = sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  return claims
    .filter((claim) => isOf(claim, service))
    .flatMap(({ origin, creation }) => {
      const { ttl, customHealth } = creation;
      const hasRecords = service.records.length > 0;
      return [
        ...(ttl === undefined || !hasRecords || ttl === service.ttl
          ? []
          : [`${origin.name} says ttl: ${ttl}, and its records have ${service.ttl} s; change that in Cloud Map`]),
        ...(customHealth === undefined || customHealth === (service.health === "custom")
          ? []
          : [
              `${origin.name} says customHealth: ${customHealth}, and it has ${customHealth ? "no" : "a"} custom health check; that can be chosen only when a service is created`,
            ]),
      ].map((message) => warning(check, `it stays as it was created: ${message}`));
    });
}

function isOf({ namespace, service: name }: Claim, service: Service): boolean {
  if (name !== service.name) return false;
  const { id, arn, name: written } = service.namespace;
  return namespace === undefined || [written, id, arn].includes(namespace);
}
