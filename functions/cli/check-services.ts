import { OWNER_KEY } from "../core/attributes.ts";
import { messageOf } from "../core/errors.ts";
import { MAX_INSTANCES } from "../core/quota.ts";
import type { Service } from "../core/model.ts";
import type { Report, ServiceReport } from "../core/report.ts";
import { checkCreation } from "./check-creation.ts";
import { failed, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import { reportTitle } from "./service-table.ts";
import { groupHolds } from "./render-holds.ts";
import { counted } from "./text.ts";

/** A line a service, and one for each reason why something about it is held. */
export function checkServices({ services }: Report, reads: Reads): readonly Check[] {
  return services.flatMap((service) => {
    const check = `service ${reportTitle(service)}`;
    // What is wrong with a namespace stands there, once.
    if (service.error !== null) return isOfNamespace(service.error, reads) ? [] : [failed(check, service.error)];
    const holds = groupHolds(service.held).map((group) => {
      const { id, reason, remedy, isFailure } = group[0];
      const message = `held (${reason}): ${id}${group.length === 1 ? "" : ` and ${group.length - 1} more`}: ${remedy}`;
      return isFailure ? failed(check, message) : warning(check, message);
    });
    const found = findService(service, reads);
    // Only held claims name it: nothing is to be told of a service that nobody may have.
    if (found === undefined && service.podNamespaces.length === 0) return holds;
    const creation = found === undefined ? [] : checkCreation(check, found, reads);
    const room = found === undefined ? [] : checkRoom(check, found);
    const isNothing = found === undefined && service.desired === 0;
    return [(isNothing ? warning : ok)(check, summaryOf(service, found)), ...room, ...creation, ...holds];
  });
}

function isOfNamespace(error: string, { namespaces }: Reads): boolean {
  return namespaces.some(({ read }) => "failure" in read && messageOf(read.failure) === error);
}

/** From this part of a quota on it is warned of. */
export const NEARLY_FULL = 0.9;

function checkRoom(check: string, { instanceCount }: Service): readonly Check[] {
  if (instanceCount < NEARLY_FULL * MAX_INSTANCES) return [];
  const says = `it holds ${instanceCount} instances, whoever registered them, of the ${MAX_INSTANCES} that Cloud Map lets a service have`;
  return [warning(check, `${says}: split it before it is full, since pods beyond are not registered`)];
}

function summaryOf({ desired, registered, changes, held }: ServiceReport, service: Service | undefined): string {
  const counts = `${desired} desired, ${registered} registered, ${counted(changes.length, "change")} to make`;
  if (service === undefined && desired === 0 && held.length > 0)
    return `does not exist, and what is to be registered in it is held; ${counts}`;
  if (service === undefined && desired === 0)
    return `does not exist, and no pod is ready to be registered in it; \`apply\` creates it with the first one; ${counts}`;
  if (service === undefined) return `does not exist yet, \`apply\` creates it; ${counts}`;
  const records = service.records.length === 0 ? "no DNS records" : `${service.records.join(" and ")} records`;
  const health = { custom: "custom health", route53: "a Route 53 health check", none: "no health check" };
  return `${records}, ${health[service.health]}; ${counts}`;
}

/**
 * Services that exist and lack the owner's tag, each with the line that gives it: a deployment whose rights end at tagged
 * services cannot write them.
 */
export async function checkTags(
  report: Report,
  reads: Reads,
  owner: string,
  listTags: (service: Service) => Promise<Readonly<Record<string, string>>>,
): Promise<readonly Check[]> {
  const services = report.services.flatMap((service) => findService(service, reads) ?? []);
  const checks = await Promise.all(
    services.map(async (service): Promise<readonly Check[]> => {
      const check = `tags of ${service.namespace.name}/${service.name}`;
      try {
        const tagged = (await listTags(service))[OWNER_KEY];
        if (tagged === owner) return [];
        return [warning(check, tagged === undefined ? tagLine(service, owner) : othersTag(tagged))];
      } catch (error) {
        return [warning(check, messageOf(error))];
      }
    }),
  );
  return checks.flat();
}

function othersTag(owner: string): string {
  return `is tagged for owner ${owner}, whose rights may end at that tag; leave it, and name the service's ARN in the construct's \`services\``;
}

function tagLine({ arn }: Service, owner: string): string {
  const tag = shellQuoted(`Key=${OWNER_KEY},Value=${owner}`);
  return `lacks the owner's tag, which the construct's \`services: "tagged"\` needs: aws servicediscovery tag-resource --resource-arn ${arn} --tags ${tag}`;
}

function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function findService({ namespace, service }: ServiceReport, { namespaces }: Reads): Service | undefined {
  return namespaces
    .flatMap(({ read }) => ("value" in read ? read.value.services : []))
    .find((held) => held.name === service && [held.namespace.name, held.namespace.id].includes(namespace));
}
