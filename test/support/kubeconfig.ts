/** One cluster, one user, one context, all called `name`. JSON is YAML too. */
export function kubeconfigFor(
  server: string,
  user: object = {},
  { name = "test", namespace = "default" }: { readonly name?: string; readonly namespace?: string } = {},
): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
  });
}
