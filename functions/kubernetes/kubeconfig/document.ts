import { isAbsolute, join } from "node:path";
import * as YAML from "yaml";
import * as z from "zod";
import { bounded } from "../../core/bounded.ts";
import { InputError } from "../../core/errors.ts";

/** What several files say together, by name. */
export type Kubeconfig = {
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, z.infer<typeof contextSchema>>;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
};

export type ClusterEntry = z.infer<typeof clusterSchema>;
export type UserEntry = z.infer<typeof userSchema>;
export type ExecEntry = NonNullable<UserEntry["exec"]>;

const text = z.string().nullish();
const contextSchema = z.looseObject({ cluster: z.string().default(""), user: z.string().default("") });

const clusterSchema = z.looseObject({
  server: text,
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": z.boolean().nullish(),
  "tls-server-name": text,
  "proxy-url": text,
  extensions: z.array(z.looseObject({ name: z.string(), extension: z.unknown() })).nullish(),
});

const execSchema = z.looseObject({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  installHint: text,
  provideClusterInfo: z.boolean().nullish(),
  interactiveMode: z.enum(["Never", "IfAvailable", "Always"]).nullish(),
});

const userSchema = z.looseObject({
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  as: text,
  "as-uid": text,
  "as-groups": z.array(z.string()).nullish(),
  "as-user-extra": z.record(z.string(), z.array(z.string())).nullish(),
  exec: execSchema.nullish(),
  "auth-provider": z.looseObject({ name: z.string(), config: z.record(z.string(), z.string()).nullish() }).nullish(),
});

const named = <K extends string, V extends z.ZodType>(key: K, value: V) =>
  z.array(z.looseObject({ name: z.string(), [key]: value } as { name: z.ZodString } & Record<K, V>)).nullish();

const fileSchema = z.looseObject({
  "current-context": text,
  contexts: named("context", contextSchema),
  clusters: named("cluster", clusterSchema),
  users: named("user", userSchema),
});

/** As much as a message says of what is wrong with a file, in characters. */
const LONGEST_COMPLAINT = 1_000;

/** One file. Paths in it count from `folder`, where it lies. Throws an InputError. */
export function parseKubeconfig(file: string, folder: string, content: string): Kubeconfig {
  const parsed = fileSchema.safeParse(parseYaml(file, content) ?? {});
  if (!parsed.success)
    throw new InputError(
      `${file} cannot be read: it is no kubeconfig: ${bounded(z.prettifyError(parsed.error), LONGEST_COMPLAINT)}; correct it`,
    );
  const { contexts, clusters, users, "current-context": currentContext } = parsed.data;
  return {
    currentContext: currentContext ?? "",
    contexts: byName(file, "context", contexts ?? [], ({ context }) => context),
    clusters: byName(file, "cluster", clusters ?? [], ({ cluster }) => withPaths(cluster, CLUSTER_PATHS, folder)),
    users: byName(file, "user", users ?? [], ({ user }) => withCommand(withPaths(user, USER_PATHS, folder), folder)),
  };
}

/** As kubectl does: of each name the first file's entry, whole; nothing of a later file's entry is added to it. */
export function mergeKubeconfigs(files: readonly Kubeconfig[]): Kubeconfig {
  const lastFirst = files.toReversed();
  return {
    currentContext: files.find(({ currentContext }) => currentContext !== "")?.currentContext ?? "",
    contexts: new Map(lastFirst.flatMap(({ contexts }) => [...contexts])),
    clusters: new Map(lastFirst.flatMap(({ clusters }) => [...clusters])),
    users: new Map(lastFirst.flatMap(({ users }) => [...users])),
  };
}

const CLUSTER_PATHS = ["certificate-authority"] as const;
const USER_PATHS = ["tokenFile", "client-certificate", "client-key"] as const;

function withPaths<K extends string, T extends { readonly [key in K]?: string | null | undefined }>(
  entry: T,
  keys: readonly K[],
  folder: string,
): T {
  const paths = keys.flatMap((key) => {
    const path = entry[key] ?? "";
    return path === "" ? [] : [[key, inFolder(folder, path)] as const];
  });
  return { ...entry, ...Object.fromEntries(paths) };
}

/** A command without a slash is looked for in PATH. */
function withCommand({ exec, ...user }: UserEntry, folder: string): UserEntry {
  if (!exec?.command.includes("/")) return { ...user, exec };
  return { ...user, exec: { ...exec, command: inFolder(folder, exec.command) } };
}

function inFolder(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function byName<T extends { readonly name: string }, V>(
  file: string,
  kind: string,
  entries: readonly T[],
  value: (entry: T) => V,
): ReadonlyMap<string, V> {
  const found = new Map<string, V>();
  for (const entry of entries) {
    if (found.has(entry.name))
      throw new InputError(`${file} has two ${kind}s of the name ${JSON.stringify(entry.name)}; rename or remove one`);
    found.set(entry.name, value(entry));
  }
  return found;
}

/** Says where a mistake is and nothing of what stands there: it may be a token. */
function parseYaml(file: string, content: string): unknown {
  const document = YAML.parseDocument(content, { lineCounter: new YAML.LineCounter() });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const { line, col } = mistake.linePos?.[0] ?? { line: 1, col: 1 };
    throw new InputError(
      `${file} cannot be read: it is no YAML at line ${line}, column ${col} (${mistake.code}); correct it`,
    );
  }
  try {
    return document.toJS();
  } catch {
    throw new InputError(`${file} has anchors or aliases that cannot be resolved; write it without them`);
  }
}
