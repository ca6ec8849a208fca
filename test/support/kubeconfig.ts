import type { ApiServer } from "./api-proxy.ts";

/** One cluster, by its server or more of it, one user, one context, all called `name`. JSON is YAML too. */
export function kubeconfigFor(
  cluster: string | object,
  user: object = {},
  { name = "test", namespace = "default" }: { readonly name?: string; readonly namespace?: string } = {},
): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: typeof cluster === "string" ? { server: cluster } : cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
  });
}

/** A context for each API server, by its name; the last one is current. */
export function kubeconfigOfAll(servers: Readonly<Record<string, ApiServer>>): string {
  const all = Object.entries(servers);
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": all.at(-1)?.[0],
    clusters: all.map(([name, { url, ca = "" }]) => ({
      name,
      cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") },
    })),
    users: all.map(([name, { token }]) => ({ name, user: { token } })),
    contexts: all.map(([name]) => ({ name, context: { cluster: name, user: name } })),
  });
}
