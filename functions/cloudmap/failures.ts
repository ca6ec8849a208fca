import { messageOf } from "../core/errors.ts";
import { isNamed, isUnanswered } from "./calls.ts";

/** The SDK's error as a sentence: what was not done, to what, and what to do next. */
export function failure(operation: string, what: string, resource: string, error: unknown): Error {
  return new Error(`${what}: ${messageOf(error)}${remedyOf(operation, resource, error)}`, { cause: error });
}

function remedyOf(operation: string, resource: string, error: unknown): string {
  if (isNamed(error, "AccessDeniedException")) {
    // One call may need several rights; which one is missing only the error's own words say.
    const { right = `servicediscovery:${operation}`, on = resource } = deniedRight(error);
    return `; grant ${right} on ${on}`;
  }
  if (isNamed(error, "ServiceNotFound")) return "; the service was deleted meanwhile, the next pass looks it up again";
  if (isNamed(error, "InstanceNotFound")) return "; it was removed meanwhile, the next pass looks it up again";
  if (isNamed(error, "NamespaceNotFound")) return "; check `namespaces` in the configuration";
  if (isNamed(error, "CredentialsProviderError")) return "; give the process AWS credentials";
  if (isNamed(error, "InvalidInput")) return "; change the mapping, or the service's DNS records";
  if (/^Signature (expired|not yet current)/.test(messageOf(error))) return "; set this machine's clock";
  if (error instanceof Error && /^(Expired|Unrecognized|Invalid(Signature|ClientToken)|MissingAuth)/.test(error.name))
    return "; renew the AWS credentials, and check their account and the clock";
  if (isUnanswered(error)) return "; check the AWS region, the endpoint and the network";
  return "";
}

/** What AWS says was refused; nothing where it does not say. */
export function deniedRight(error: Error): { readonly right?: string; readonly on?: string } {
  const [, right, on] = /not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?/.exec(error.message) ?? [];
  return { ...(right === undefined ? {} : { right }), ...(on === undefined ? {} : { on }) };
}
