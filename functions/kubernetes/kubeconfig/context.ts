import { InputError } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";
import type { ClusterEntry, UserEntry } from "./document.ts";
import type { Found } from "./files.ts";

/** A context of a kubeconfig with what it names. */
export type Context = {
  readonly name: string;
  readonly cluster: ClusterEntry;
  readonly clusterName: string;
  readonly server: URL;
  readonly user: UserEntry;
  readonly userName: string;
};

/** Throws an InputError where there is no such context, or what it names is not there. */
export function resolveContext({ origin, kubeconfig }: Found, wanted = kubeconfig.currentContext): Context {
  const context = kubeconfig.contexts.get(wanted);
  if (context === undefined) throw new InputError(noContext(origin, wanted, [...kubeconfig.contexts.keys()]));
  const cluster = kubeconfig.clusters.get(context.cluster);
  const server = cluster?.server ?? "";
  if (cluster === undefined || !/^https?:/.test(server) || !URL.canParse(server))
    throw new InputError(`context ${wanted} of ${origin} names no cluster with a server; correct it`);
  const user = kubeconfig.users.get(context.user);
  if (user === undefined && context.user !== "")
    throw new InputError(`context ${wanted} of ${origin} names the user ${context.user}, which it lacks; correct it`);
  return {
    name: wanted,
    cluster,
    clusterName: context.cluster,
    server: new URL(server),
    user: user ?? {},
    userName: context.user,
  };
}

function noContext(origin: string, wanted: string, contexts: readonly string[]): string {
  if (contexts.length === 0) return `${origin} has no contexts; name another file with --kubeconfig`;
  const choice = `name one with --context: ${contexts.join(", ")}`;
  if (wanted === "") return `${origin} has no current context; ${choice}`;
  const near = nearest(wanted, contexts);
  return `${origin} has no context ${JSON.stringify(wanted)}; ${near === undefined ? "" : `did you mean ${near}? Otherwise `}${choice}`;
}
