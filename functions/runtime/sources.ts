import { messageOf } from "../core/errors.ts";
import type { Claim, SourceName } from "../core/model.ts";
import type { Cluster, ListObjects, Source, SourceRead } from "../core/ports.ts";
import { ApiError } from "../kubernetes/lists.ts";
import type { Configuration } from "../core/settings.ts";

/** The kinds as the API server calls them. */
const RESOURCES: Readonly<Record<SourceName, string>> = {
  configuration: "configuration",
  services: "services",
  virtualNodes: "virtualnodes.appmesh.k8s.aws",
  serviceExports: "serviceexports.multicluster.x-k8s.io",
};

/** `claims` are the configuration's own; every source that is on adds to them. What one of those fails with is its own. */
export function createListMappings(
  claims: readonly Claim[],
  sources: readonly Source[],
  switches: Configuration["sources"],
  list: ListObjects,
): Cluster["listMappings"] {
  return async (until) => {
    const listUntil: ListObjects = (resource) => list(resource, until);
    const reads = sources.flatMap((source) => {
      const wanted = source.name === "configuration" ? true : switches[source.name];
      return wanted === false ? [] : [readSource(source, wanted, listUntil)];
    });
    return [{ source: "configuration", state: "read", claims, broken: [] }, ...(await Promise.all(reads))];
  };
}

async function readSource(source: Source, wanted: true | "auto", list: ListObjects): Promise<SourceRead> {
  const { name } = source;
  try {
    const read = await source.read(list);
    if (read.state === "read") return { ...read, source: name };
    return { source: name, state: "absent", error: wanted === true ? absence(name) : undefined };
  } catch (error) {
    const message = `\`sources.${name}\`: ${messageOf(error)}`;
    const isOptional = wanted === "auto" && isForbidden(error);
    return { source: name, state: "failed", error: new Error(message, { cause: error }), isOptional };
  }
}

/** Discovery needs no right: what is served may be there for others. */
function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

function absence(name: SourceName): Error {
  return new Error(
    `\`sources.${name}\` is true, but the cluster serves no ${RESOURCES[name]}; install that CustomResourceDefinition, or set \`sources.${name}\` to auto or false`,
  );
}
