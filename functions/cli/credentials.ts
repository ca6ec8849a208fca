import { InputError, messageOf } from "../core/errors.ts";

/** Finds out whether there are AWS credentials at all. Throws an InputError: what failed, in the SDK's own words, and what to run. */
export async function needCredentials<T>(resolve: () => Promise<T>, profile: string | undefined): Promise<T> {
  try {
    return await resolve();
  } catch (error) {
    const words = messageOf(error);
    throw new InputError(`there are no AWS credentials: ${words.replace(/\.+$/, "")}; ${remedyOf(words, profile)}`, {
      cause: error,
    });
  }
}

/**
 * | the SDK says                 | because                           |
 * |------------------------------|-----------------------------------|
 * | … SSO session … invalid      | it has to be opened again         |
 * | … requires multi-factor …    | nobody can be asked for the code  |
 * | anything else                | AWS_PROFILE names no profile with |
 * |                              | credentials, or there are none    |
 */
function remedyOf(words: string, profile: string | undefined): string {
  if (/\bsso\b/i.test(words)) return `run: aws sso login${profile === undefined ? "" : ` --profile ${profile}`}`;
  if (/multi-?factor|\bmfa\b/i.test(words))
    return "get temporary ones (aws sts get-session-token --serial-number ARN --token-code CODE), and export them";
  return profile === undefined
    ? "give the process AWS credentials: set AWS_PROFILE, or run: aws configure"
    : `AWS_PROFILE is ${profile}; set it to one of those that this prints: aws configure list-profiles`;
}
