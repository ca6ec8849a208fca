import type { OutgoingHttpHeaders } from "node:http";
import { InputError } from "../../core/errors.ts";
import type { UserEntry } from "./document.ts";

/**
 * The headers that make the API server take the caller for another:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation. Throws an InputError.
 */
export function impersonationHeaders(name: string, user: UserEntry): OutgoingHttpHeaders {
  const { as, "as-uid": uid, "as-groups": groups, "as-user-extra": extra } = user;
  const others = {
    ...(uid ? { "impersonate-uid": uid } : {}),
    ...(groups?.length ? { "impersonate-group": groups } : {}),
    ...extraHeaders(extra ?? {}),
  };
  if (as) return { "impersonate-user": as, ...others };
  if (Object.keys(others).length > 0)
    throw new InputError(
      `user ${name} of the kubeconfig has \`as-uid\`, \`as-groups\` or \`as-user-extra\` without \`as\`; name the user too`,
    );
  return {};
}

/** Keys are percent-encoded: a header's name takes few characters. */
function extraHeaders(extra: Readonly<Record<string, string[]>>): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(extra).map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key)}`, values]),
  );
}
