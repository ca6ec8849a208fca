import { parse } from "yaml";

/** What an SSM parameter of the advanced tier holds, in bytes: Systems Manager's quotas. */
export const MAX_PARAMETER_BYTES = 8_192;
/** What the value of a stack's parameter holds, in characters, as which the template takes a document: CloudFormation's quotas. */
export const MAX_TEMPLATE_CHARACTERS = 4_096;

/** The text as which a document is deployed: JSON, without `cluster`, which a stack says itself. */
export function asDeployed(text: string): string {
  const { cluster: _, ...document } = parse(text) as Readonly<Record<string, unknown>>;
  return JSON.stringify(document);
}
