import type { ClaimProblem } from "./claim-problem.ts";
import type { CloudMapNamespace, Mapping, Read, Scope, Service, ServiceKey } from "./model.ts";

/** One service to reconcile: what Cloud Map calls it, and who claims it. */
export type Subject = {
  readonly key: ServiceKey;
  /** Where it lives, or why that cannot be known. Undefined: outside the namespaces that may be written. */
  readonly namespace: Read<CloudMapNamespace> | undefined;
  /** Undefined: not created yet. */
  readonly service: Service | undefined;
  readonly mappings: readonly Mapping[];
  /** What is wrong with claims of it that were made in the cluster. */
  readonly problems: readonly ClaimProblem[];
  /** What is wrong with claims of the operator's document. */
  readonly mistakes: readonly ClaimProblem[];
  /** The Kubernetes namespaces that have claimed it and mean no pods any more, as an export whose Service is gone. */
  readonly withdrawn: readonly string[];
  /** Whether the document says that its mapping was taken away on purpose; never where anything claims it. */
  readonly isRetired: boolean;
};

/** The Cloud Map namespace that it is in, where that is known. */
export function namespaceOf({ namespace }: Pick<Subject, "namespace">): CloudMapNamespace | undefined {
  return namespace !== undefined && "value" in namespace ? namespace.value : undefined;
}

export function isInScope(subject: Subject, scopes: readonly Scope[]): boolean {
  return scopes.some((scope) => {
    switch (scope.kind) {
      case "all":
        return true;
      case "service":
        return (
          subject.key.service === scope.service && (scope.namespace === undefined || isNamed(subject, scope.namespace))
        );
      case "namespace":
        return (
          subject.mappings.some((mapping) => mapping.pods.namespace === scope.namespace) ||
          subject.withdrawn.includes(scope.namespace)
        );
      case "node":
        return subject.mappings.length > 0;
      default:
        return scope satisfies never;
    }
  });
}

function isNamed(subject: Subject, name: string): boolean {
  const namespace = namespaceOf(subject);
  return [subject.key.namespace, namespace?.id, namespace?.arn].includes(name);
}
