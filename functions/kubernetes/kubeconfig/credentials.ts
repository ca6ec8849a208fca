import { readFile } from "node:fs/promises";
import { fileProblem, InputError } from "../../core/errors.ts";
import type { Credentials } from "../connection.ts";
import type { ClusterEntry, UserEntry } from "./document.ts";
import { createExec } from "./exec.ts";
import type { Variables } from "./files.ts";
import { impersonationHeaders } from "./impersonation.ts";
import { createOidc } from "./oidc.ts";
import { readPem } from "./pem.ts";
import type { Provider } from "./provider.ts";

type Who = {
  readonly name: string;
  readonly user: UserEntry;
  readonly cluster: ClusterEntry;
  /** Whether what is sent can be read on its way. */
  readonly isPlain: boolean;
};

/**
 * As client-go does: a token before a user name and password, before a plugin's; a client certificate beside any of them; and
 * on top whom to act as, which alone is sent without TLS. Throws an InputError where a user contradicts itself.
 */
export function createCredentials(who: Who, variables: Variables): Provider {
  const { name, user } = who;
  const acting = impersonationHeaders(name, user);
  if (who.isPlain) return always(() => Promise.resolve({ headers: acting }));
  const provider = providerOf(who, variables);
  return {
    ask: async () => {
      const [{ headers, ...certificate }, own] = await Promise.all([provider.ask(), readCertificate(user)]);
      return { ...certificate, ...own, headers: { ...headers, ...acting } };
    },
    renew: provider.renew,
  };
}

function providerOf({ name, user, cluster }: Who, variables: Variables): Provider {
  const { token, tokenFile, username, password, exec, "auth-provider": authProvider } = user;
  const hasToken = Boolean(token) || Boolean(tokenFile);
  if (hasToken && username)
    throw new InputError(`user ${name} of the kubeconfig has a token and a user name; take one of them away`);
  if (tokenFile) return always(async () => bearer(await readToken(tokenFile, token)));
  if (token) return always(() => Promise.resolve(bearer(token)));
  if (username) return always(() => Promise.resolve(basic(username, password ?? "")));
  if (exec) return createExec({ user: name, exec, cluster }, variables);
  if (authProvider) return createOidc(name, authProvider);
  return always(() => Promise.resolve({ headers: {} }));
}

function always(ask: () => Promise<Credentials>): Provider {
  return { ask, renew: () => {} };
}

function bearer(token: string): Credentials {
  return { headers: { authorization: `Bearer ${token}` } };
}

function basic(username: string, password: string): Credentials {
  return { headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` } };
}

/** Read again before every request, since it is renewed there. Where it cannot be, the token written beside it counts. */
async function readToken(path: string, token: string | null | undefined): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (token) return token;
    throw new InputError(`the token file ${path} cannot be read: ${fileProblem(error)}; make it readable`, {
      cause: error,
    });
  }
}

async function readCertificate(user: UserEntry): Promise<Omit<Credentials, "headers">> {
  const cert = await readPem(user["client-certificate-data"], user["client-certificate"]);
  const key = await readPem(user["client-key-data"], user["client-key"]);
  return cert === undefined || key === undefined ? {} : { cert, key };
}
