import { Annotations, Aws, Stack, Token } from "aws-cdk-lib/core";
import type { Construct, IConstruct } from "constructs";
import { InputError } from "../functions/core/errors.ts";
import type { Configuration } from "../functions/core/settings.ts";

/** Which deployment a construct is: its stack, by the name that it has when it is deployed, and its place in it. */
export function deploymentOf(construct: Construct): string {
  return `${Aws.STACK_NAME}/${pathOf(construct, Stack.of(construct))}`;
}

function pathOf(construct: IConstruct, stack: Stack): string {
  const { scopes } = construct.node;
  return scopes
    .slice(scopes.indexOf(stack) + 1)
    .map(({ node }) => node.id)
    .join("/");
}

/** As whom a construct writes instances. */
export type Writer = {
  readonly construct: Construct;
  readonly cluster: string;
  /** Undefined: the document is in a parameter of the user's own. */
  readonly document: Pick<Configuration, "owner" | "part"> | undefined;
};

/**
 * Two documents of one owner and part on one cluster take each other's instances for their own, and out. Throws an InputError
 * where another construct of the app is sure to do that to this one; warns where it may, and that cannot be known at synth.
 */
export function refuseTwins(writer: Writer, others: readonly Writer[]): void {
  for (const other of others) {
    const path = other.construct.node.path;
    switch (relationOf(writer, other)) {
      case "apart":
        break;
      case "twins":
        throw new InputError(
          `CloudMapSync: ${path} and ${writer.construct.node.path} write the instances of one cluster as the same owner, so that each would remove what the other registers; give each its own \`part\` in its \`configuration\``,
        );
      case "perhaps":
        Annotations.of(writer.construct).addWarningV2(
          `eks-cloudmap-sync:twins:${other.construct.node.addr}`,
          `this and ${path} may write the instances of one cluster as the same owner, which cannot be known at synth; give each its own \`part\` in its \`configuration\``,
        );
    }
  }
}

function relationOf(one: Writer, other: Writer): "apart" | "twins" | "perhaps" {
  const [here, there] = [Stack.of(one.construct), Stack.of(other.construct)];
  const places = [
    [here.account, there.account],
    [here.region, there.region],
  ] as const;
  const isKnown = places.flat().every((place) => !Token.isUnresolved(place));
  if (one.cluster !== other.cluster || (isKnown && places.some(([a, b]) => a !== b))) return "apart";
  if (one.document === undefined || other.document === undefined) return "perhaps";
  if (one.document.owner !== other.document.owner || one.document.part !== other.document.part) return "apart";
  return isKnown ? "twins" : "perhaps";
}
