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
