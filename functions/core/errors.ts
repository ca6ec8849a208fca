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

/** Node's codes for a file that cannot be read, in words. */
const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
};

/** Why a file could not be read, without its path, which whoever tells it names anyway. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const words = FILE_PROBLEMS[code];
  return words === undefined ? messageOf(error) : `${words} (${code})`;
}
