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
