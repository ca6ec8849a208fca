import { CLUSTER_KEY, OWNER_KEY, PART_KEY } from "../../core/attributes.ts";
import { ownershipOf } from "../../core/instances.ts";
import { byText } from "../../core/model.ts";
import type { Service } from "../../core/model.ts";
import type { Settings } from "../../core/settings.ts";
import type { Reads } from "../../runtime/remarks/record.ts";
import { counted, createPaint, fit, printable } from "../text.ts";
import type { Style } from "../text.ts";

/** A service that is still there, with what is in it. */
export type Left = {
  readonly namespace: string;
  readonly service: string;
  /** Instances that carry this owner and part, whichever cluster they came from. */
  readonly ours: number;
  /** The clusters of those that came from another one. */
  readonly clusters: readonly string[];
  /** Instances of anybody else. */
  readonly others: number;
  /** Whether this owner and part created it; null where its tags were not read. */
  readonly isOurs: boolean | null;
};

/** So many services are asked for their tags, one call each. */
const ASKED = 200;

/** What the last look has found in the namespaces that may be written, sorted. */
export async function findLeft(
  { namespaces, instances }: Pick<Reads, "namespaces" | "instances">,
  settings: Settings,
  listTags: (service: Service) => Promise<Readonly<Record<string, string>>>,
): Promise<readonly Left[]> {
  const { owner, tagOwner, part } = settings;
  const services = namespaces.flatMap(({ read }) => ("value" in read ? read.value.services : []));
  const counts = new Map(
    [...instances].map(([{ id }, held]) => {
      const ours = held.filter(({ attributes }) => attributes[OWNER_KEY] === owner);
      const elsewhere = ours.filter((instance) => ownershipOf(instance, settings) === "other-cluster");
      const clusters = elsewhere.flatMap(({ attributes }) => attributes[CLUSTER_KEY] ?? []);
      return [id, { ours: ours.length, clusters, others: held.length - ours.length }] as const;
    }),
  );
  const found = await Promise.all(
    services.map(async (service, index): Promise<Left> => {
      // What the last look did not read holds nothing any more.
      const { ours = 0, clusters = [], others = 0 } = service.instanceCount === 0 ? {} : (counts.get(service.id) ?? {});
      const tags = index < ASKED ? await listTags(service).catch(() => undefined) : undefined;
      const isOurs = tags === undefined ? null : tags[OWNER_KEY] === tagOwner && (tags[PART_KEY] ?? "") === part;
      return { namespace: service.namespace.name, service: service.name, ours, clusters, others, isOurs };
    }),
  );
  return found.toSorted((a, b) => byText(a.namespace, b.namespace) || byText(a.service, b.service));
}

/** So many services are named. */
const NAMED = 20;

/** What a person should know of it: services of this owner's making, and those that still hold instances of it. */
export function renderLeft(left: readonly Left[], style: Style): string {
  const paint = createPaint(style);
  const told = left.filter(({ ours, isOurs }) => isOurs === true || ours > 0);
  const unknown = left.filter(({ ours, isOurs }) => isOurs === null && ours === 0).length;
  const strangers = left.length - told.length - unknown;
  const lines = told
    .slice(0, NAMED)
    .map((one) => `  ${printable(`${one.namespace}/${one.service}`)}: ${contentsOf(one)}`);
  const more = told.length > NAMED ? [`  … and ${told.length - NAMED} more (--output json has all)`] : [];
  const head = paint("bold", told.length === 0 ? "Left in Cloud Map: nothing of this owner." : "Left in Cloud Map:");
  const rest = strangers === 0 ? [] : [`${counted(strangers, "service")} of others in the same namespaces, untouched.`];
  const unread =
    unknown === 0 ? [] : [`${counted(unknown, "service")} whose tags could not be read: whose they are is not known.`];
  return fit(`\n${[head, ...lines, ...more, ...rest, ...unread].join("\n")}\n`, style);
}

function contentsOf({ ours, others, isOurs }: Left): string {
  const parts = [
    ...(ours === 0 ? [] : [`${counted(ours, "instance")} of this owner`]),
    ...(others === 0 ? [] : [`${counted(others, "instance")} of others`]),
  ];
  const made = isOurs === true ? "made by this owner" : "not made by this owner";
  if (parts.length > 0) return `${parts.join(", ")}; the service was ${made}`;
  return `empty, ${made}; --delete-services deletes it`;
}
