import type { ListObjects, Source } from "../../functions/core/ports.ts";
import type { Collected } from "../../functions/mappings/objects.ts";

export type Shape = Readonly<Record<string, unknown>>;

/** What a cluster serves: `plural` → its version and its objects. What is not named is not served. */
export type Served = Readonly<Record<string, { readonly version: string; readonly objects: readonly unknown[] }>>;

export function listing(served: Served, asked: string[] = []): ListObjects {
  return async ({ plural, versions }) => {
    asked.push(plural);
    const kind = served[plural];
    if (kind === undefined || !versions.includes(kind.version)) return { state: "absent" };
    return { state: "read", ...kind };
  };
}

/** A source's claims; fails where the source is absent. */
export async function readSource(source: Source, served: Served, asked: string[] = []): Promise<Collected> {
  const read = await source.read(listing(served, asked));
  if (read.state === "absent") throw new Error(`${source.name} is absent`);
  return read;
}

export function kubeObject(name: string, spec: unknown, metadata: Shape = {}): Shape {
  return { metadata: { namespace: "shop", name, ...metadata }, spec };
}

/** A Service that selects `app: web`. */
export function serviceObject(spec: Shape = {}, metadata: Shape = {}): Shape {
  return kubeObject("web", { selector: { app: "web" }, ...spec }, metadata);
}
