import * as z from "zod";
import { AwsJsonError } from "../aws-json.ts";
import { findService, ownerOf } from "./identity.ts";
import * as input from "./input.ts";
import type { CloudMapOperations } from "./input.ts";

/** Of a service, as https://docs.aws.amazon.com/cloud-map/latest/api/API_ServiceAttributes.html has it. */
const MOST = 30;
const key = z.string().max(255);
const ServiceId = input.address;

export const serviceAttributeOperations: CloudMapOperations = {
  GetServiceAttributes: input.operation({ ServiceId }, (world, asked) => {
    const service = findService(world, asked.ServiceId);
    const Attributes = Object.fromEntries(service.attributes);
    return { ServiceAttributes: { ServiceArn: service.arn, ResourceOwner: ownerOf(world, service), Attributes } };
  }),

  UpdateServiceAttributes: input.operation(
    { ServiceId, Attributes: z.record(key, z.string().max(1024)).refine(isCountable, `takes 1 to ${MOST}`) },
    (world, asked) => {
      const { attributes } = findService(world, asked.ServiceId);
      const merged = new Map([...attributes, ...Object.entries(asked.Attributes)]);
      if (merged.size > MOST)
        throw new AwsJsonError("ServiceAttributesLimitExceededException", `A service has at most ${MOST} attributes`);
      for (const [name, value] of merged) attributes.set(name, value);
      return {};
    },
  ),

  DeleteServiceAttributes: input.operation({ ServiceId, Attributes: z.array(key).min(1).max(MOST) }, (world, asked) => {
    const { attributes } = findService(world, asked.ServiceId);
    for (const name of asked.Attributes) attributes.delete(name);
    return {};
  }),
};

function isCountable(attributes: Readonly<Record<string, string>>): boolean {
  const count = Object.keys(attributes).length;
  return count >= 1 && count <= MOST;
}
