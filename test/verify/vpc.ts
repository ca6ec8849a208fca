import { CreateVpcCommand, DeleteVpcCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { PREFIX } from "./stage.ts";

const NAME = `${PREFIX}vpc`;

/** A VPC that holds nothing, for a private hosted zone. One that a killed run has left is used again. */
export async function makeVpc(region: string): Promise<{ readonly id: string; readonly remove: () => Promise<void> }> {
  const client = new EC2Client({ region });
  const { Vpcs = [] } = await client.send(new DescribeVpcsCommand({ Filters: [{ Name: "tag:Name", Values: [NAME] }] }));
  const id = Vpcs[0]?.VpcId ?? (await create(client));
  return {
    id,
    remove: async () => {
      await client.send(new DeleteVpcCommand({ VpcId: id }));
    },
  };
}

async function create(client: EC2Client): Promise<string> {
  const Tags = [{ Key: "Name", Value: NAME }];
  const { Vpc } = await client.send(
    new CreateVpcCommand({ CidrBlock: "10.255.255.0/28", TagSpecifications: [{ ResourceType: "vpc", Tags }] }),
  );
  if (Vpc?.VpcId === undefined) throw new Error("EC2 answered without a VPC");
  return Vpc.VpcId;
}
