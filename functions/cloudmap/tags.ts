import { ListTagsForResourceCommand } from "@aws-sdk/client-servicediscovery";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import type { Attributes, Service } from "../core/model.ts";
import { createCalls } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { failure } from "./failures.ts";

/** A service's tags. Throws where they cannot be read. */
export type ListTags = (service: Service) => Promise<Attributes>;

export function createListTags(client: ServiceDiscoveryClient, now: () => number = Date.now): ListTags {
  const calls = createCalls({ client, rates: {}, onCall: () => {}, onThrottle: () => {}, now });
  return async ({ arn, name, namespace }) => {
    try {
      return await listTags(calls, arn);
    } catch (error) {
      throw failure("ListTagsForResource", `the tags of ${namespace.name}/${name} could not be read`, arn, error);
    }
  };
}

/** Throws what the SDK throws. */
export async function listTags(calls: Calls, arn: string, until?: number): Promise<Attributes> {
  const command = new ListTagsForResourceCommand({ ResourceARN: arn });
  const { Tags = [] } = await calls.send("ListTagsForResource", (client) => client.send(command), until);
  return Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}
