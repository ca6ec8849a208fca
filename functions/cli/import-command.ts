import { listAllServices } from "../core/all-services.ts";
import { messageOf } from "../core/errors.ts";
import { queryKey } from "../core/model.ts";
import type { Pod, Read } from "../core/model.ts";
import type { NamespaceRead } from "../core/ports.ts";
import { renderImport } from "./import.ts";
import { dryPass, openWorld, readConfiguration } from "./session.ts";
import type { Options, Terminal } from "./session.ts";

/** Prints the cluster's VirtualNodes as mappings. Returns the exit code: 1 where something could not be read, or not be imported. */
export async function runImport(options: Options, terminal: Terminal): Promise<0 | 1> {
  const configuration = await readConfiguration(options, terminal);
  const sources = { services: false, virtualNodes: true, serviceExports: false } as const;
  const world = await openWorld({ ...configuration, mappings: [], sources }, options, terminal);
  const { deadline: until } = dryPass([{ kind: "all" }], world);
  terminal.progress("reading VirtualNodes and namespaces");
  const [reads, namespaces] = await Promise.all([
    world.cluster.listMappings(until),
    listAllServices(world.registry, until),
  ]);
  const failures = [
    ...reads.flatMap((read) => ("error" in read && read.error !== undefined ? [messageOf(read.error)] : [])),
    ...namespaces.flatMap(({ read }) => ("failure" in read ? [messageOf(read.failure)] : [])),
  ];
  if (failures.length > 0) return fail(failures, terminal);
  const found = reads.flatMap((read) => (read.state === "read" ? [read] : []));
  const claims = found.flatMap((read) => read.claims);
  terminal.progress("reading their pods");
  const lists = await world.cluster.listPods(
    claims.map(({ pods }) => pods),
    until,
  );
  const unread = [...lists.values()].flatMap((list) => ("failure" in list ? [messageOf(list.failure)] : []));
  if (unread.length > 0) return fail(unread, terminal);
  terminal.progress("");
  const { text, lost } = renderImport({
    claims,
    broken: found.flatMap((read) => read.broken),
    podsOf: ({ pods }) => livingIn(lists.get(queryKey(pods))),
    writtenAs: (namespace) => writtenAs(namespace, namespaces),
  });
  terminal.out(text);
  for (const line of lost) terminal.err(`warning: not imported: ${line}\n`);
  return lost.length === 0 ? 0 : 1;
}

function livingIn(list: Read<readonly Pod[]> | undefined): readonly Pod[] {
  return list !== undefined && "value" in list ? list.value.filter(({ state }) => state !== "gone") : [];
}

function writtenAs(wanted: string, namespaces: readonly NamespaceRead[]): string | undefined {
  return namespaces.find(({ asked, read }) => {
    if (asked === wanted || "failure" in read) return asked === wanted;
    const { name, id, arn } = read.value.namespace;
    return [name, id, arn].includes(wanted);
  })?.asked;
}

function fail(problems: readonly string[], terminal: Terminal): 1 {
  terminal.progress("");
  for (const problem of new Set(problems)) terminal.err(`error: ${problem}\n`);
  return 1;
}
