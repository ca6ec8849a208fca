/**
 * What a configuration may call a Cloud Map namespace by. An ARN says what it is; what looks like an id may be a name all the
 * same (`ns-prod`), so it is looked for by name where no namespace has that id.
 */
export function isNamespaceArn(asked: string): boolean {
  return asked.startsWith("arn:");
}

/** Ids are `ns-` and lower-case letters and digits; AWS publishes no length. */
export function mayBeNamespaceId(asked: string): boolean {
  return /^ns-[a-z0-9]+$/.test(asked);
}
