import type { EC2Client } from "@aws-sdk/client-ec2";
import type { Cluster, NodesRead } from "../core/ports.ts";
import type { Configuration } from "../core/settings.ts";
import { asksForNodes } from "../mappings/configuration.ts";
import { CLIENT_SETTINGS } from "./clients.ts";
import type { Environment } from "./configuration/environment.ts";

/** Nodes are read for their zones, for their addresses, or to find what EC2 says of their machines. */
export function nodesReader(configuration: Configuration, listNodes: Cluster["listNodes"]): Cluster["listNodes"] {
  const { zones, ec2 } = configuration.nodes;
  if (zones) return listNodes;
  if (!ec2 && !asksForNodes(configuration)) return () => Promise.resolve({ state: "off" });
  return async (until) => withoutZones(await listNodes(until));
}

/** EC2's client is loaded where it is asked alone: it is two fifths of all that a function would load. */
export function withMachines(listNodes: Cluster["listNodes"], { region }: Environment): Cluster["listNodes"] {
  let client: EC2Client | undefined;
  return async (until) => {
    const { EC2Client: Client } = await import("@aws-sdk/client-ec2");
    const { markLostNodes } = await import("../kubernetes/machines.ts");
    client ??= new Client({ ...CLIENT_SETTINGS, ...(region === undefined ? {} : { region }) });
    return markLostNodes(await listNodes(until), client);
  };
}

function withoutZones(read: NodesRead): NodesRead {
  if (read.state !== "read") return read;
  const nodes = [...read.nodes].map(([name, node]) => [name, { ...node, region: undefined, zone: undefined }] as const);
  return { ...read, nodes: new Map(nodes) };
}
