import * as z from "zod";
import { AwsJsonError } from "../aws-json.ts";
import { accountOf, checkConsumer } from "./consumer.ts";
import { arn, operation, tags } from "./input.ts";
import type { CloudMapOperations } from "./input.ts";
import type { Tag } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

const MOST_TAGS = 50;

export const tagOperations: CloudMapOperations = {
  TagResource: operation({ ResourceARN: arn, Tags: tags }, (world, { ResourceARN, Tags }) => {
    checkConsumer(world, accountOf(ResourceARN), "TagResource", ResourceARN);
    const merged = new Map([...tagsOf(world, ResourceARN), ...Tags].map((tag) => [tag.Key, tag]));
    checkTags(ResourceARN, [...merged.values()]);
    world.tags.set(ResourceARN, [...merged.values()]);
    return {};
  }),
  UntagResource: operation(
    { ResourceARN: arn, TagKeys: z.array(z.string().min(1).max(128)).max(200) },
    (world, { ResourceARN, TagKeys }) => {
      checkConsumer(world, accountOf(ResourceARN), "UntagResource", ResourceARN);
      const left = tagsOf(world, ResourceARN).filter(({ Key }) => !TagKeys.includes(Key));
      world.tags.set(ResourceARN, left);
      return {};
    },
  ),
  ListTagsForResource: operation({ ResourceARN: arn }, (world, { ResourceARN }) => {
    checkConsumer(world, accountOf(ResourceARN), "ListTagsForResource", ResourceARN);
    return { Tags: tagsOf(world, ResourceARN) };
  }),
};

export function checkTags(resource: string, given: readonly Tag[]): void {
  if (given.length > MOST_TAGS)
    throw new AwsJsonError("TooManyTagsException", `More than ${MOST_TAGS} tags`, {
      fields: { ResourceName: resource },
    });
}

function tagsOf(world: CloudMapWorld, resource: string): readonly Tag[] {
  const held = world.tags.get(resource);
  if (held === undefined) throw new AwsJsonError("ResourceNotFoundException", `Can't find the resource ${resource}`);
  return held;
}
