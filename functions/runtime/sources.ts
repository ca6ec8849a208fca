import { messageOf } from "../core/errors.ts";
import { OPERATORS } from "../core/model.ts";
import type { Claim, Origin } from "../core/model.ts";
import type { Cluster, ListObjects, Source, SourceRead } from "../core/ports.ts";
import { ApiError } from "../kubernetes/lists.ts";
import type { Configuration } from "../core/settings.ts";

/** `claims` are the configuration's own; every source that is on adds to them. What one of those fails with is its own. */
export function createListMappings(
  claims: readonly Claim[],
  sources: readonly Source[],
  switches: Configuration["sources"],
  list: ListObjects,
): Cluster["listMappings"] {
  return async (until) => {
    const listUntil: ListObjects = (resource) => list(resource, until);
    const reads = sources.flatMap((source, index) => {
      const wanted = switches[source.name] ?? source.standard;
      return wanted === false ? [] : [readSource(source, OPERATORS.rank + 1 + index, wanted, listUntil)];
    });
    return [{ ...OPERATORS, state: "read", claims, broken: [] }, ...(await Promise.all(reads))];
  };
}

async function readSource(source: Source, rank: number, wanted: true | "auto", list: ListObjects): Promise<SourceRead> {
  const { name, mark, hidesUnready = false } = source;
  const traits = { source: name, rank, hidesUnready, ...(mark === undefined ? {} : { mark }) };
  const ranked = <T extends { readonly origin: Omit<Origin, "rank"> }>(one: T) => ({
    ...one,
    origin: { ...one.origin, rank },
  });
  try {
    const read = await source.read(list);
    if (read.state === "read")
      return { ...traits, ...read, claims: read.claims.map(ranked), broken: read.broken.map(ranked) };
    return { ...traits, state: "absent", error: wanted === true ? absence(source) : undefined };
  } catch (error) {
    const message = `\`sources.${name}\`: ${messageOf(error)}`;
    const isOptional = wanted === "auto" && isForbidden(error);
    return { ...traits, state: "failed", error: new Error(message, { cause: error }), isOptional };
  }
}

/** Discovery needs no right: what is served may be there for others. */
function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

function absence({ name, resource: { group, plural } }: Source): Error {
  const kind = group === "" ? plural : `${plural}.${group}`;
  return new Error(
    `\`sources.${name}\` is true, but the cluster serves no ${kind}; install that CustomResourceDefinition, or set \`sources.${name}\` to auto or false`,
  );
}
