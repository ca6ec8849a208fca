import * as z from "zod";
import { InputError } from "../../core/errors.ts";
import type { UserEntry } from "./document.ts";
import type { Provider } from "./provider.ts";

const claimsSchema = z.looseObject({ exp: z.number() });

/**
 * The id token that kubectl keeps in the kubeconfig. It is not renewed here: that would use up the refresh token, which the
 * provider may take once only, and whose successor kubectl would not know.
 */
export function createOidc(user: string, { name, config }: NonNullable<UserEntry["auth-provider"]>): Provider {
  if (name !== "oidc")
    throw new InputError(
      `user ${user} of the kubeconfig has the auth-provider ${name}, which kubectl dropped too; use an exec plugin`,
    );
  const token = config?.["id-token"] ?? "";
  return {
    ask: () => {
      if (Date.now() < expiry(token)) return Promise.resolve({ headers: { authorization: `Bearer ${token}` } });
      throw new InputError(
        `the id token of user ${user} of the kubeconfig has expired; any call of kubectl renews it, for example kubectl version`,
      );
    },
    renew: () => {},
  };
}

/** Milliseconds since the epoch; 0 where it is no token. */
function expiry(token: string): number {
  try {
    const claims = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
    return claimsSchema.parse(JSON.parse(claims)).exp * 1000;
  } catch {
    return 0;
  }
}
