import { paginateDescribeInstanceStatus } from "@aws-sdk/client-ec2";
import type { EC2Client } from "@aws-sdk/client-ec2";
import { messageOf } from "../core/errors.ts";
import { LEAVING_STATES } from "../core/machine-states.ts";
import type { Node } from "../core/model.ts";
import type { NodesRead } from "../core/ports.ts";

/** The most that DescribeInstanceStatus gives in one page. */
const PAGE_SIZE = 1000;

/**
 * Marks nodes as lost whose machine EC2 stops or has terminated, 40 s or more before Kubernetes notices. One call: it asks
 * for the machines that are leaving, which are few, not for those that run. Where EC2 does not answer, that is part
 * of what is returned, with a warning; where this identity may not ask it, the nodes stay as Kubernetes has them.
 */
export async function markLostNodes(read: NodesRead, client: EC2Client): Promise<NodesRead> {
  if (read.state !== "read" || read.nodes.size === 0) return read;
  try {
    const leaving = await listLeaving(client);
    const marked = [...read.nodes].map(([name, node]): [string, Node] => {
      const isLost = node.instanceId !== undefined && leaving.has(node.instanceId);
      return [name, isLost ? { ...node, state: "lost" } : node];
    });
    return { ...read, nodes: new Map(marked) };
  } catch (error) {
    // Without the right to ask, it is as if nothing was to be asked; an answer that only failed to come leaves it open.
    const areMachinesUnknown = !(error instanceof Error && /^(UnauthorizedOperation|AccessDenied)/.test(error.name));
    const warning = `EC2 could not be asked for the states of nodes (${messageOf(error)}); grant ec2:DescribeInstanceStatus, or set \`nodes.ec2: false\``;
    return { ...read, warning, areMachinesUnknown };
  }
}

async function listLeaving(client: EC2Client): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const Filters = [{ Name: "instance-state-name", Values: [...LEAVING_STATES] }];
  for await (const page of paginateDescribeInstanceStatus(
    { client, pageSize: PAGE_SIZE },
    // Those of EKS Auto Mode are managed, and where managed resources are hidden only this shows them.
    { IncludeAllInstances: true, IncludeManagedResources: true, Filters },
  )) {
    for (const { InstanceId } of page.InstanceStatuses ?? []) if (InstanceId !== undefined) ids.add(InstanceId);
  }
  return ids;
}
