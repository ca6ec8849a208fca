import type { CloudMapSyncProps, SyncNamespace } from "./props.ts";

export const NAMESPACE_TYPES = [
  "DNS_PRIVATE",
  "DNS_PUBLIC",
  "HTTP",
] as const satisfies readonly SyncNamespace["type"][];

/** The prop's namespaces, those of CDK among them as what rights need to know of them. */
export function namespacesOf({ namespaces = [] }: Pick<CloudMapSyncProps, "namespaces">): readonly SyncNamespace[] {
  return namespaces.map((given) => {
    if (!("namespaceId" in given)) return given;
    const { namespaceId, namespaceName } = given;
    // CDK's is an enum of the same words.
    const word: string = given.type;
    const type = NAMESPACE_TYPES.find((one) => one === word) ?? "DNS_PUBLIC";
    // Only CDK's own namespaces know their zone, not those that are imported into an app.
    const zone = "namespaceHostedZoneId" in given ? given.namespaceHostedZoneId : undefined;
    return {
      id: namespaceId,
      name: namespaceName,
      type,
      ...(type !== "HTTP" && typeof zone === "string" ? { hostedZoneId: zone } : {}),
    };
  });
}
