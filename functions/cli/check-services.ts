import { OWNER_KEY } from "../core/attributes.ts";
import { MAX_INSTANCES } from "../core/quota.ts";
import type { Read, Service } from "../core/model.ts";
import type { Report, ServiceReport } from "../core/report.ts";
import { groupFailures } from "../core/group-failures.ts";
import { causeOf, messageOf } from "../core/errors.ts";
import { settle } from "../core/settle.ts";
import { checkCreation } from "./check-creation.ts";
import { failed, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import { reportTitle } from "./service-table.ts";
import { groupHolds } from "./render-holds.ts";
import { namesOf } from "./failures.ts";
import { counted } from "./text.ts";

/** A line a service, and one for each reason why something about it is held. What several have in common has one for all of them. */
export function checkServices({ services, errors }: Report, reads: Reads): readonly Check[] {
  // What is wrong with a namespace stands there, once.
  const told = services.flatMap(({ error }) => (error !== null && isOfNamespace(error, reads) ? [error] : []));
  const { own, shared } = groupFailures(services, [...errors, ...told]);
  return [
    ...services.flatMap((service) =>
      service.error === null
        ? checkService(service, reads)
        : own.includes(service)
          ? [failed(titleOfAll([service]), service.error)]
          : [],
    ),
    ...shared.map(({ problem, services: some }) => failed(namesOf(some), problem)),
    ...checkHolds(services.filter(({ error }) => error === null)),
  ];
}

function checkService(service: ServiceReport, reads: Reads): readonly Check[] {
  const check = titleOfAll([service]);
  const found = findService(service, reads);
  // Only held claims name it: nothing is to be told of a service that nobody may have.
  if (found === undefined && service.podNamespaces.length === 0) return [];
  const creation = found === undefined ? [] : checkCreation(check, found, reads);
  const room = found === undefined ? [] : checkRoom(check, found);
  const isNothing = found === undefined && service.desired === 0;
  return [(isNothing ? warning : ok)(check, summaryOf(service, found)), ...room, ...creation];
}

/** What is held, for one reason and with one remedy, in one service or in many. */
function checkHolds(services: readonly ServiceReport[]): readonly Check[] {
  const all = services.flatMap((service) => groupHolds(service.held).map((group) => ({ service, group })));
  const byRemedy = Map.groupBy(all, ({ group: [{ reason, remedy, isFailure }] }) =>
    JSON.stringify([reason, remedy, isFailure]),
  );
  return [...byRemedy.values()].flatMap((some) => {
    const services = [...new Set(some.map(({ service }) => service))];
    const [first, ...others] = some.flatMap(({ group }) => group);
    if (first === undefined) return [];
    const { id, reason, remedy, isFailure } = first;
    const one = `${id}${others.length === 0 ? "" : ` and ${others.length} more`}`;
    const what = services.length > 1 ? counted(others.length + 1, "change") : one;
    return [(isFailure ? failed : warning)(titleOfAll(services), `held (${reason}): ${what}: ${remedy}`)];
  });
}

function titleOfAll(services: readonly Named[]): string {
  return `${services.length === 1 ? "service " : ""}${nameAll(services)}`;
}

type Named = Pick<ServiceReport, "namespace" | "service">;

function nameAll(services: readonly Named[]): string {
  const [only, ...others] = services;
  return only !== undefined && others.length === 0 ? reportTitle(only) : namesOf(services);
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
 * Services that exist and lack the owner's tag, with the line that gives it to them: a deployment whose rights end at tagged
 * services cannot write them.
 */
export async function checkTags(
  report: Report,
  reads: Reads,
  owner: string,
  listTags: (service: Service) => Promise<Readonly<Record<string, string>>>,
): Promise<readonly Check[]> {
  const services = report.services.flatMap((service) => findService(service, reads) ?? []);
  const tags = await Promise.all(
    services.map(async (service) => ({
      service,
      read: await settle(async () => (await listTags(service))[OWNER_KEY]),
    })),
  );
  const untagged = tags.flatMap(({ service, read }) => ("value" in read && read.value === undefined ? [service] : []));
  const wrong = tags.flatMap(({ service, read }) => problemOf(service, read, owner));
  const { own, shared } = groupFailures(wrong, []);
  return [
    ...(untagged.length === 0 ? [] : [warning(tagsOf(untagged), tagLine(untagged, owner))]),
    ...own.map(({ about, error }) => warning(tagsOf([about]), error)),
    ...shared.map(({ problem, services: some }) => warning(tagsOf(some.map(({ about }) => about)), problem)),
  ];
}

/** Nothing where it has the owner's tag, or none. */
function problemOf(about: Service, read: Read<string | undefined>, owner: string) {
  if ("failure" in read) return [{ about, error: messageOf(read.failure), ...causeOf(read.failure, about.arn) }];
  return read.value === undefined || read.value === owner ? [] : [{ about, error: othersTag(read.value) }];
}

function tagsOf(services: readonly Service[]): string {
  return `tags of ${nameAll(services.map(({ namespace, name }) => ({ namespace: namespace.name, service: name })))}`;
}

function othersTag(owner: string): string {
  return `is tagged for owner ${owner}, whose rights may end at that tag; leave it, and name the service's ARN in the construct's \`services\``;
}

/** A shell's line has room for so many ARNs. */
const TAGGED = 100;

function tagLine(services: readonly Service[], owner: string): string {
  const tag = shellQuoted(`Key=${OWNER_KEY},Value=${owner}`);
  const arns = services.slice(0, TAGGED).map(({ arn }) => arn);
  const command = (arn: string) => `aws servicediscovery tag-resource --resource-arn ${arn} --tags ${tag}`;
  const lacks = "the owner's tag, which the construct's `services: \"tagged\"` needs";
  if (arns.length === 1) return `lacks ${lacks}: ${command(arns.join(""))}`;
  const more = services.length > TAGGED ? `; these are the first ${TAGGED}, run this again for the others` : "";
  return `lack ${lacks}: for arn in ${arns.join(" ")}; do ${command('"$arn"')}; done${more}`;
}

function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function findService({ namespace, service }: ServiceReport, { namespaces }: Reads): Service | undefined {
  return namespaces
    .flatMap(({ read }) => ("value" in read ? read.value.services : []))
    .find((held) => held.name === service && [held.namespace.name, held.namespace.id].includes(namespace));
}
