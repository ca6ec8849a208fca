import { groupVersionOf, keyOf, storageOf } from "./objects.ts";
import type { KubernetesObject, Resource } from "./objects.ts";
import { invalidWatchVersion, pageOf, parseVersion } from "./list.ts";
import { parseSelectors } from "./selectors.ts";
import { expiredVersion, statusObject } from "./status.ts";
import type { StoreEvent } from "./store.ts";
import { tableOf } from "./table.ts";
import type { TableOptions } from "./table.ts";
import type { KubernetesWorld } from "./world.ts";

/** A stream of changes, a line each: from `resourceVersion` on, or, where that is absent or 0, from a list of all there is. */
export function answerWatch(
  world: KubernetesWorld,
  resource: Resource,
  namespace: string,
  query: URLSearchParams,
  table: TableOptions | undefined,
  signal: AbortSignal,
): Response {
  const matches = parseSelectors(resource, query) ?? (() => true);
  const asked = query.get("resourceVersion") ?? "";
  const from = parseVersion(asked === "" ? "0" : asked);
  if (from === undefined) throw invalidWatchVersion(asked);
  const bookmarks = isTrue(query.get("allowWatchBookmarks"));
  const seconds = Number(query.get("timeoutSeconds") ?? "") || 1800;
  const storage = storageOf(resource);
  const prefix = namespace === "" ? "" : keyOf(namespace, "");

  let stop: (() => void) | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (type: string, object: object) =>
        controller.enqueue(new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`));
      const send = (type: string, object: KubernetesObject) => {
        const shown = { ...object, apiVersion: groupVersionOf(resource) };
        const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
        write(type, table ? tableOf(resource, [shown], metadata, world.now(), table) : shown);
      };
      const bookmark = (annotations?: Record<string, string>) => {
        const resourceVersion = String(world.store.resourceVersion());
        const metadata = { resourceVersion, ...(annotations ? { annotations } : {}) };
        write("BOOKMARK", { kind: resource.kind, apiVersion: groupVersionOf(resource), metadata });
      };
      // Seen through a selector, an object that begins to match is added and one that ceases to is deleted.
      const follow = (event: StoreEvent) => {
        if (event.storage !== storage || !event.key.startsWith(prefix) || event.resourceVersion <= from) return;
        const before = event.previous !== undefined && matches(event.previous);
        const after = event.type !== "DELETED" && matches(event.object);
        if (after) send(before ? "MODIFIED" : "ADDED", event.object);
        else if (before) {
          // A deletion shows the object's last matching state under the version of the change.
          const { resourceVersion } = event.object.metadata;
          const last = event.previous ?? event.object;
          send("DELETED", { ...last, metadata: { ...last.metadata, resourceVersion } });
        }
      };

      if (from !== 0 && from < world.store.oldestVersion()) {
        const message = `too old resource version: ${from} (${world.store.oldestVersion()})`;
        write("ERROR", statusObject(expiredVersion(message)));
        controller.close();
        return;
      }
      if (from === 0) {
        const listed = new URLSearchParams([...query].filter(([name]) => name.endsWith("Selector")));
        for (const object of pageOf(world, resource, namespace, listed).items) send("ADDED", object);
        if (bookmarks) bookmark({ "k8s.io/initial-events-end": "true" });
      } else for (const event of world.store.eventsAfter(storage, from)) follow(event);

      const unsubscribe = world.store.subscribe(follow);
      const unserved = world.onWatchEnd(resource, () => end());
      const beat = setInterval(() => bookmarks && bookmark(), world.options.bookmarkMs ?? 60_000).unref();
      const timeout = setTimeout(() => end(), seconds * 1000).unref();
      const stopped = () => {
        unsubscribe();
        unserved();
        clearInterval(beat);
        clearTimeout(timeout);
        signal.removeEventListener("abort", stopped);
      };
      stop = stopped;
      const end = () => {
        stopped();
        controller.close();
      };
      signal.addEventListener("abort", stopped);
    },
    cancel: () => stop?.(),
  });
  return new Response(stream, { headers: { "content-type": "application/json" } });
}

export const isTrue = (text: string | null) => text === "true" || text === "1";
