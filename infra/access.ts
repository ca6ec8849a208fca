import { Annotations, CfnOutput, Fn, Stack } from "aws-cdk-lib/core";
import { CfnAccessEntry } from "aws-cdk-lib/aws-eks";
import type { Construct } from "constructs";
import type { Configuration } from "../functions/core/settings.ts";
import { SOURCES } from "../functions/mappings/sources.ts";
import type { SyncFunction } from "./sync-function.ts";

/** The Kubernetes group that infra/rbac.yaml gives its rights to; with aws-auth also what audit logs call the functions. */
const GROUP = "eks-cloudmap-sync";

type Parts = {
  readonly cluster: string;
  readonly access: "view-policy" | "rbac";
  readonly accessEntry: boolean;
  /** Undefined where the document is not known. */
  readonly sources: Configuration["sources"] | undefined;
  /** Those that read the cluster. */
  readonly functions: readonly SyncFunction[];
};

/** Lets the functions' roles read the cluster. */
export function createAccess(scope: Construct, { cluster, access, accessEntry, sources, functions }: Parts): void {
  if (!accessEntry) {
    new CfnOutput(scope, "AwsAuth", {
      description: "Lines for mapRoles of the ConfigMap kube-system/aws-auth; apply infra/rbac.yaml too",
      value: Fn.join(
        "",
        functions.flatMap(({ role }) => [
          "- rolearn: ",
          role.roleArn,
          `\n  username: ${GROUP}\n  groups: [${GROUP}]\n`,
        ]),
      ),
    });
    return;
  }
  if (access === "view-policy") warnOfSources(scope, sources);
  const { partition } = Stack.of(scope);
  for (const { lambda, role } of functions)
    new CfnAccessEntry(scope, `${lambda.node.id}Access`, {
      clusterName: cluster,
      principalArn: role.roleArn,
      type: "STANDARD",
      ...(access === "rbac"
        ? { kubernetesGroups: [GROUP] }
        : {
            accessPolicies: [
              {
                policyArn: `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`,
                accessScope: { type: "cluster" },
              },
            ],
          }),
    });
}

function warnOfSources(scope: Construct, sources: Configuration["sources"] | undefined): void {
  for (const { name } of SOURCES.filter(({ resource }) => resource.group !== ""))
    if (sources?.[name] === true)
      Annotations.of(scope).addWarningV2(
        `eks-cloudmap-sync:${name}`,
        `\`sources.${name}\` reads custom resources, which EKS's view policy does not show; set \`access: "rbac"\` and apply infra/rbac.yaml with kubectl`,
      );
  for (const { name, resource, meaning } of SOURCES.filter(({ resource: { group } }) => group !== ""))
    if (sources?.[name] === "auto")
      Annotations.of(scope).addWarningV2(
        `eks-cloudmap-sync:${name}`,
        `where ${resource.plural}.${resource.group} are installed they count (\`sources.${name}\` is auto: ${meaning.replace(/\.$/, "")}), and EKS's view policy does not show them: set \`access: "rbac"\`, or \`sources: { ${name}: false }\` in the configuration`,
      );
}
