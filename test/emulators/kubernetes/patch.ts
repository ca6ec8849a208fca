import { applyPatch } from "rfc6902";
import type { Operation } from "rfc6902";
import { isRecord } from "./objects.ts";
import { badRequest, StatusError } from "./status.ts";

/** JSON patch, RFC 6902: all of its operations, or a failure. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest("error decoding patch: json: cannot unmarshal into Go value of type jsonpatch.Patch");
  const changed = structuredClone(target);
  if (applyPatch(changed, patch as Operation[]).every((failure) => failure === null)) return changed;
  // The real server says no more either.
  const message = "the server rejected our request due to an error in our request";
  throw new StatusError(422, "Invalid", message, { details: {} });
}

/** JSON merge patch, RFC 7386: null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  return merged(target, patch, (_name, _list, replacement) => replacement);
}

/** As a merge patch, but lists whose elements have a key merge by it, and directives (`$patch: delete`, `$setElementOrder/…`) are obeyed or left out. */
export function strategicMergePatch(target: unknown, patch: unknown): unknown {
  return merged(target, patch, mergeList);
}

type ListMerge = (name: string, list: readonly unknown[], replacement: readonly unknown[]) => readonly unknown[];

function merged(target: unknown, patch: unknown, lists: ListMerge): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    const [, deletedFrom] = /^\$deleteFromPrimitiveList\/(.*)/.exec(name) ?? [];
    if (deletedFrom !== undefined) result[deletedFrom] = without(result[deletedFrom], value);
    if (name.startsWith("$")) continue;
    const old = result[name];
    if (value === null) delete result[name];
    else if (Array.isArray(value)) result[name] = lists(name, Array.isArray(old) ? old : [], value);
    else result[name] = merged(old, value, lists);
  }
  return result;
}

function without(list: unknown, gone: unknown): readonly unknown[] {
  return Array.isArray(list) ? list.filter((one) => !Array.isArray(gone) || !gone.includes(one)) : [];
}

/** Merge keys of the lists people patch; `ports` are a Service's or a container's. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  conditions: ["type"],
  containers: ["name"],
  env: ["name"],
  initContainers: ["name"],
  ownerReferences: ["uid"],
  ports: ["containerPort", "port"],
  taints: ["key"],
  volumes: ["name"],
};

function mergeList(name: string, list: readonly unknown[], replacement: readonly unknown[]): readonly unknown[] {
  if (name === "finalizers") return [...new Set([...list, ...replacement])];
  const keys = mergeKeys[name];
  if (!keys || replacement.some((item) => isRecord(item) && item["$patch"] === "replace")) {
    return replacement.filter((item) => !isRecord(item) || item["$patch"] === undefined);
  }
  const result = [...list];
  for (const item of replacement) {
    const key = keys.find((key) => isRecord(item) && item[key] !== undefined);
    if (key === undefined || !isRecord(item)) continue;
    const index = result.findIndex((old) => isRecord(old) && old[key] === item[key]);
    if (item["$patch"] === "delete") {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = merged(result[index], item, mergeList);
    else result.push(item);
  }
  return result;
}
