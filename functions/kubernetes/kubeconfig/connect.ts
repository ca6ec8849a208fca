import { InputError } from "../../core/errors.ts";
import { createConnection } from "../connection.ts";
import type { Connection } from "../connection.ts";
import { resolveContext } from "./context.ts";
import { createCredentials } from "./credentials.ts";
import { findKubeconfig } from "./files.ts";
import type { Variables } from "./files.ts";
import { findServiceAccount } from "./in-cluster.ts";
import { readPem } from "./pem.ts";
import { proxyFor } from "./proxy.ts";

type Wanted = {
  readonly file?: string | undefined;
  readonly context?: string | undefined;
  /** Those of the process: KUBECONFIG, HOME, HTTPS_PROXY and the like, and what a plugin for credentials inherits. */
  readonly variables: Variables;
};

/** The way that kubectl takes with the same file, context and environment. Throws an InputError. */
export async function connectKubeconfig({ file, context, variables }: Wanted): Promise<Connection> {
  const kubeconfig = findKubeconfig(file, variables);
  const found = kubeconfig ?? findServiceAccount(variables);
  if (found === undefined)
    throw new InputError("there is no kubeconfig where KUBECONFIG or the home folder says; name one with --kubeconfig");
  const { name, cluster, server, user, userName } = resolveContext(found, context);
  const { ask, renew } = createCredentials(
    { name: userName, user, cluster, isPlain: server.protocol === "http:" },
    variables,
  );
  return createConnection(
    {
      server,
      ca: await readPem(cluster["certificate-authority-data"], cluster["certificate-authority"]),
      certificateName: cluster["tls-server-name"] ?? undefined,
      isUnverified: cluster["insecure-skip-tls-verify"] ?? false,
      proxy: proxyFor(server, cluster["proxy-url"], variables),
      // A pod's own account has no choice of contexts.
      foundIn: kubeconfig === undefined ? undefined : `context ${name} of ${kubeconfig.origin}`,
    },
    { credentials: ask, renew },
  );
}
