/** A mistake in what somebody wrote: the message stands alone, without a stack. */
export class InputError extends Error {
  override readonly name = "InputError";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** What an error says after it has said what could not be done; `arn`: whose it is, which has no part in it. */
export function causeOf(error: unknown, arn: string | undefined): { readonly cause?: string } {
  if (!(error instanceof Error) || error.cause === undefined) return {};
  const at = error.message.indexOf(messageOf(error.cause));
  if (at < 0) return {};
  const cause = error.message.slice(at);
  return { cause: arn === undefined ? cause : cause.replaceAll(arn, "SERVICE_ARN") };
}
