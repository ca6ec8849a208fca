import { InputError } from "../core/errors.ts";
import type { Configuration, Identity } from "../core/settings.ts";

/** What EKS says of a cluster: its ARN and the URL of its API server; or why it says nothing. */
export type Described =
  | { readonly kind: "known"; readonly arn: string; readonly endpoint: string; readonly mayBeEmpty: boolean }
  | { readonly kind: "unknown-cluster" }
  | { readonly kind: "no-answer"; readonly problem: string };

/** How the cluster was reached: by its name through EKS, or at a server that a kubeconfig names. */
export type Reached =
  | { readonly access: "eks"; readonly arn: string; readonly mayBeEmpty: boolean }
  | { readonly access: "kubeconfig"; readonly server: string; readonly isAnyEndpointAllowed: boolean };

export type Whose = {
  /** What is stamped on instances, the part included. */
  readonly owner: string;
  /** What services are tagged with: parts share them. */
  readonly tagOwner: string;
  readonly identity: Identity;
};

const EKS_ARN = /^arn:[^:]*:eks:[^:]*:\d*:cluster\/(.+)$/;

/** The name in an EKS cluster's ARN; undefined for any other text. */
export function nameInEksArn(text: string): string | undefined {
  return EKS_ARN.exec(text)?.[1];
}

type Found = { readonly owner: string; readonly isUnvouched?: true };

/**
 * Whose instances this document makes, and from which cluster. `describe` asks EKS for a cluster by its name. Throws an InputError
 * where the owner cannot be known, or is another cluster's.
 *
 * | reached by   | `owner`          | EKS says                     | the owner is              |
 * |--------------|------------------|------------------------------|---------------------------|
 * | EKS          | –                |                              | the cluster's ARN         |
 * | EKS          | another's ARN    |                              | an error                  |
 * | kubeconfig   | –                | the cluster has that server  | its ARN                   |
 * | kubeconfig   | –                | there is no such cluster     | `kube-system/<UID>`       |
 * | kubeconfig   | –                | nothing, or another server   | an error                  |
 * | kubeconfig   | an ARN           | the cluster has that server  | that ARN                  |
 * | kubeconfig   | an ARN           | another server               | an error, but for tunnels |
 * | kubeconfig   | an ARN           | nothing                      | that ARN, unvouched       |
 * | any          | any other text   |                              | that text                 |
 */
export async function identify(
  { cluster, owner, part }: Pick<Configuration, "cluster" | "owner" | "part">,
  uid: string,
  reached: Reached,
  describe: (cluster: string) => Promise<Described>,
): Promise<Whose> {
  const found = reached.access === "eks" ? ownerThroughEks(owner, reached.arn) : await ownerAt(reached, describe);
  return {
    owner: part === "" ? found.owner : `${found.owner}/${part}`,
    tagOwner: found.owner,
    identity: {
      cluster: uid,
      arn: reached.access === "eks" ? reached.arn : undefined,
      mayBeEmpty: reached.access === "eks" && reached.mayBeEmpty,
      ...(found.isUnvouched === true ? { isUnvouched: true } : {}),
    },
  };

  async function ownerAt(
    { server, isAnyEndpointAllowed }: Extract<Reached, { readonly access: "kubeconfig" }>,
    ask: typeof describe,
  ): Promise<Found> {
    const named = nameInEksArn(owner ?? "");
    if (owner !== undefined && named === undefined) return { owner };
    const described = await ask(named ?? cluster);
    if (owner !== undefined) {
      if (described.kind !== "known" || described.arn !== owner) return { owner, isUnvouched: true };
      if (isAnyEndpointAllowed || isSameServer(described.endpoint, server)) return { owner };
      throw new InputError(
        `\`owner\` is ${owner}, whose API server is ${described.endpoint}, and the kubeconfig leads to ${server}; check the context, or add --allow-endpoint if that is a way to the same cluster`,
      );
    }
    if (described.kind === "unknown-cluster") return { owner: `kube-system/${uid}` };
    if (described.kind === "known" && (isAnyEndpointAllowed || isSameServer(described.endpoint, server)))
      return { owner: described.arn };
    throw new InputError(
      described.kind === "known"
        ? `\`owner\` is missing, and cannot be found out: EKS cluster ${cluster} has its API server at ${described.endpoint}, and the kubeconfig leads to ${server}; check \`cluster\` and the context; or write \`owner\` in the configuration: the EKS cluster's ARN, or a value that no other cluster uses`
        : `\`owner\` is missing, and EKS did not say whose cluster this is (${described.problem}); run this again once EKS answers; where it never will, write \`owner\` in the configuration: the EKS cluster's ARN, or a value that no other cluster uses, and keep it, since what is registered belongs to it`,
    );
  }
}

function ownerThroughEks(owner: string | undefined, arn: string): Found {
  if (owner !== undefined && owner !== arn && EKS_ARN.test(owner))
    throw new InputError(
      `\`owner\` is ${owner}, which is another cluster's ARN, and this is ${arn}; leave \`owner\` out, and name the other one in \`previousOwners\` if its instances are to be taken over`,
    );
  return { owner: owner ?? arn };
}

function isSameServer(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}
