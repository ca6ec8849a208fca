import { Annotations, CfnOutput, Fn } from "aws-cdk-lib/core";
import { CfnSecurityGroupIngress, SecurityGroup, Subnet, Vpc } from "aws-cdk-lib/aws-ec2";
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import type { CloudMapSyncProps } from "./props.ts";

/** Where the functions run, if that is a VPC. */
export type Network = {
  readonly vpc: IVpc;
  readonly vpcSubnets?: SubnetSelection;
  readonly securityGroups: ISecurityGroup[];
};

/** What the API server listens on. */
const PORT = 443;

/** One security group for all functions, and a rule that lets it through to the API server. */
export function createNetwork(scope: Construct, props: CloudMapSyncProps): Network | undefined {
  const { vpc, vpcSubnets, securityGroups } = props;
  if (vpc === undefined) return undefined;
  const groups = [...(securityGroups ?? [createGroup(scope, vpc)])];
  admit(scope, groups, clusterGroupOf(props));
  new CfnOutput(scope, "SecurityGroups", {
    description: "Of the functions; the cluster's security group must admit them at port 443",
    value: Fn.join(
      ",",
      groups.map(({ securityGroupId }) => securityGroupId),
    ),
  });
  return { vpc, securityGroups: groups, ...(vpcSubnets === undefined ? {} : { vpcSubnets }) };
}

/** The same by their ids alone: nothing is looked up. Subnets that are known at deployment only come as one list. */
export function importNetwork(
  scope: Construct,
  ids: {
    readonly vpc: string;
    readonly subnets: readonly string[];
    readonly clusterSecurityGroup?: string | undefined;
  },
): Pick<CloudMapSyncProps, "vpc" | "vpcSubnets" | "clusterSecurityGroup"> {
  const { vpc, subnets, clusterSecurityGroup: group } = ids;
  return {
    // CDK wants to hear of a zone; none is asked for, as the subnets are chosen by their ids.
    vpc: Vpc.fromVpcAttributes(scope, "Vpc", { vpcId: vpc, availabilityZones: ["any"] }),
    vpcSubnets: { subnets: subnets.map((id, index) => Subnet.fromSubnetId(scope, `Subnet${index}`, id)) },
    ...(group === undefined
      ? {}
      : { clusterSecurityGroup: SecurityGroup.fromSecurityGroupId(scope, "ClusterSecurityGroup", group) }),
  };
}

function createGroup(scope: Construct, vpc: IVpc): ISecurityGroup {
  return new SecurityGroup(scope, "SecurityGroup", { vpc, description: "eks-cloudmap-sync: the functions" });
}

/** The rule is this stack's own: in the cluster's stack it would make the two depend on each other. */
function admit(scope: Construct, groups: readonly ISecurityGroup[], cluster: ISecurityGroup | undefined): void {
  if (cluster === undefined) {
    Annotations.of(scope).addInfo(
      "the functions reach a private endpoint only where the cluster's security group admits them at port 443: set `clusterSecurityGroup`, or add a rule for the output SecurityGroups",
    );
    return;
  }
  for (const [index, { securityGroupId }] of groups.entries())
    new CfnSecurityGroupIngress(scope, `ClusterAdmits${index === 0 ? "" : index + 1}`, {
      description: "eks-cloudmap-sync reads the pods",
      groupId: cluster.securityGroupId,
      sourceSecurityGroupId: securityGroupId,
      ipProtocol: "tcp",
      fromPort: PORT,
      toPort: PORT,
    });
}

function clusterGroupOf({ cluster, clusterSecurityGroup }: CloudMapSyncProps): ISecurityGroup | undefined {
  if (clusterSecurityGroup !== undefined || typeof cluster === "string") return clusterSecurityGroup;
  try {
    return cluster.clusterSecurityGroup;
  } catch {
    // A cluster of CDK that was imported without its security group throws when it is asked for it.
    return undefined;
  }
}
