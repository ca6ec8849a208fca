import { ListTagsForResourceCommand } from "@aws-sdk/client-servicediscovery";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import type { Attributes, Service } from "../core/model.ts";
import { createCalls } from "./calls.ts";
import { failure } from "./failures.ts";

/** A service's tags. Throws where they cannot be read. */
export type ListTags = (service: Service) => Promise<Attributes>;

export function createListTags(client: ServiceDiscoveryClient, now: () => number = Date.now): ListTags {
  const calls = createCalls({ client, rates: {}, onCall: () => {}, onThrottle: () => {}, now });
  return async ({ arn, name, namespace }) => {
    try {
      const { Tags = [] } = await calls.send("ListTagsForResource", () =>
        client.send(new ListTagsForResourceCommand({ ResourceARN: arn })),
      );
      return Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
    } catch (error) {
      throw failure("ListTagsForResource", `the tags of ${namespace.name}/${name} could not be read`, arn, error);
    }
  };
}
