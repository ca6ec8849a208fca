import { InputError, messageOf } from "../../core/errors.ts";
import { CLIENT_SETTINGS } from "../../runtime/clients.ts";
import type { Environment } from "../../runtime/configuration/environment.ts";

/** How a client of the person's own account is made. Its endpoints are the SDK's own matter. */
export function clientSettings({ region }: Pick<Environment, "region">) {
  return { ...CLIENT_SETTINGS, ...(region === undefined ? {} : { region }) };
}

/** The SDK's error as a sentence: what could not be done, AWS's own words, and what to do next. `right`: what the call needs. */
export function awsFailure(what: string, right: string, error: unknown): InputError {
  return new InputError(`${what}: ${messageOf(error).replace(/\.+$/, "")}; ${remedyOf(right, error)}`, {
    cause: error,
  });
}

function remedyOf(right: string, error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  if (name.startsWith("AccessDenied")) return `grant ${right} to this identity`;
  if (/^(Expired|Unrecognized|Invalid(Signature|ClientToken)|MissingAuth)/.test(name))
    return "renew the AWS credentials, and check their account and the clock";
  if (/^Region (is missing|not accepted)/.test(messageOf(error))) return "set AWS_REGION";
  return "check the AWS region, the endpoint and the network";
}
