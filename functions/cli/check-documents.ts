import { CLUSTER_KEY, OWNER_KEY } from "../core/attributes.ts";
import { ownershipOf } from "../core/instances.ts";
import { byText } from "../core/model.ts";
import type { Instance } from "../core/model.ts";
import type { Report, ServiceReport } from "../core/report.ts";
import type { Settings } from "../core/settings.ts";
import { findService } from "./check-services.ts";
import { ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import { reportTitle } from "./service-table.ts";
import { counted, listSome } from "./text.ts";

const SHOWN = 5;
/** So many other documents are named. */
const DOCUMENTS = 20;

/** Who else keeps instances in the services that this document maps, as far as instances tell it. */
export function checkDocuments(report: Report, reads: Reads, settings: Settings): readonly Check[] {
  return [...checkOwner(report, settings.owner), ...checkOthers(report, reads, settings)];
}

/**
 * A warning where instances of this owner belong to pods that live and that nothing here chooses: what a second document that has
 * the same owner looks like from the first, and a mapping that was lost.
 */
function checkOwner({ services }: Report, owner: string): readonly Check[] {
  const living = services.flatMap((service) =>
    [...service.changes.map(({ id, reason }) => ({ id, why: reason })), ...service.held].flatMap(({ id, why }) =>
      why === "unselected" || why === "unmapped" ? [`${reportTitle(service)} ${id}`] : [],
    ),
  );
  if (living.length === 0) return [];
  return [
    warning(
      "owner",
      `these instances of ${owner} belong to pods that live and that no mapping here chooses: ${listSome(living, SHOWN)}; if a second document registers them, give each of the two a \`part\`, or they undo each other's work; if a mapping was lost, put it back`,
    ),
  ];
}

/** A line each document that stamps its instances: a warning where it has registered pods that this one maps too. */
function checkOthers(report: Report, reads: Reads, settings: Settings): readonly Check[] {
  const wanted = new Set(report.services.flatMap((service) => takenIn(service, reads)));
  const theirs = [...reads.instances].flatMap(([{ id: inService, namespace, name }, instances]) =>
    instances.flatMap((instance) => {
      const document = documentOf(instance, settings);
      const service = `${namespace.name}/${name}`;
      return document === undefined
        ? []
        : [{ document, service, id: instance.id, isWanted: wanted.has(`${inService} ${instance.id}`) }];
    }),
  );
  return [...Map.groupBy(theirs, ({ document }) => document)]
    .toSorted(([a], [b]) => byText(a, b))
    .slice(0, DOCUMENTS)
    .map(([document, all]) => {
      const both = all.filter(({ isWanted }) => isWanted).map(({ service, id }) => `${service} ${id}`);
      if (both.length > 0)
        return warning(
          document,
          `has registered pods that this document maps too: ${listSome(both, SHOWN)}; map each pod in one of the two documents`,
        );
      const services = [...new Set(all.map(({ service }) => service))];
      return ok(
        document,
        `has ${counted(all.length, "instance")} in ${listSome(services, SHOWN)}, which are left alone`,
      );
    });
}

/** `SERVICE-ID INSTANCE-ID` of what this document would register and somebody else has. */
function takenIn(service: ServiceReport, reads: Reads): readonly string[] {
  const found = findService(service, reads);
  return found === undefined
    ? []
    : service.held
        .filter(({ reason }) => reason === "foreign" || reason === "other-cluster")
        .map(({ id }) => `${found.id} ${id}`);
}

/** What the document of an instance is called; undefined where it is this one, a previous owner of it, or nobody's. */
function documentOf(instance: Instance, settings: Settings): string | undefined {
  const owner = instance.attributes[OWNER_KEY];
  const whose = ownershipOf(instance, settings);
  if (owner === undefined || (whose !== "foreign" && whose !== "other-cluster")) return undefined;
  const cluster = instance.attributes[CLUSTER_KEY];
  const where = cluster === undefined || cluster === settings.identity.cluster ? "" : `, cluster ${cluster}`;
  return `document of owner ${owner}${where}`;
}
