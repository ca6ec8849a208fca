import { KubeConfig } from "@kubernetes/client-node";
import { InputError, messageOf } from "../core/errors.ts";
import { createConnection } from "./connection.ts";
import type { Connection } from "./connection.ts";

/** As kubectl finds it: the file given, or `KUBECONFIG`, or the one in the home folder. Throws an InputError. */
export function connectKubeconfig({
  file,
  context,
}: {
  readonly file?: string | undefined;
  readonly context?: string | undefined;
}): Connection {
  const origin = file === undefined ? "the default kubeconfig" : `the kubeconfig ${file}`;
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (error) {
    throw new InputError(`${origin} cannot be read: ${messageOf(error)}; name one that exists with --kubeconfig`, {
      cause: error,
    });
  }
  const names = config.getContexts().map(({ name }) => name);
  const wanted = context ?? config.getCurrentContext();
  if (!names.includes(wanted))
    throw new InputError(
      `${origin} has no context ${JSON.stringify(wanted)}; name one of ${names.join(", ") || "(none)"} with --context`,
    );
  config.setCurrentContext(wanted);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || !URL.canParse(server))
    throw new InputError(`context ${wanted} of ${origin} names no cluster with a server; correct it`);
  // The library takes plain HTTP only from a cluster whose certificate it would not check either; kubectl just does it.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return createConnection(config);
}
