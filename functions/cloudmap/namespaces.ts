import { GetNamespaceCommand, ListNamespacesCommand } from "@aws-sdk/client-servicediscovery";
import type { Namespace, NamespaceSummary } from "@aws-sdk/client-servicediscovery";
import { InputError } from "../core/errors.ts";
import type { CloudMapNamespace, NamespaceType } from "../core/model.ts";
import { isNamed } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { failure } from "./failures.ts";
import { listPages } from "./pages.ts";

const ID = /^ns-[a-z0-9]+$/;
const ARN = /^arn:[^:]*:servicediscovery:/;

/** Finds a namespace by its name, id or ARN. */
export type FindNamespace = (asked: string) => Promise<CloudMapNamespace>;

/** `asked`: all names, ids and ARNs that will be looked for; several names cost one list. */
export function createFindNamespace(calls: Calls, asked: readonly string[], until: number): FindNamespace {
  const names = asked.filter(isName);
  const [only] = names;
  let listed: Promise<readonly CloudMapNamespace[]> | undefined;
  return async (wanted) => {
    if (!isName(wanted)) return readNamespace(calls, wanted, until);
    listed ??= listNamespaces(calls, names.length === 1 ? only : undefined, until);
    const found = (await listed).filter(({ name }) => name === wanted);
    const [namespace, ...others] = found;
    if (namespace === undefined)
      throw new InputError(
        `namespace ${wanted} does not exist in this account and region; create it, or correct \`namespaces\` (one that another account shares is named by its ARN)`,
      );
    if (others.length > 0) {
      const ids = found.map(({ id, type }) => `${id} (${type})`).join(" and ");
      throw new InputError(`namespace ${wanted} exists more than once: ${ids}; write the id of the one that is meant`);
    }
    return namespace;
  };
}

function isName(asked: string): boolean {
  return !ID.test(asked) && !ARN.test(asked);
}

/** The API filters by one name only. */
async function listNamespaces(
  calls: Calls,
  name: string | undefined,
  until: number,
): Promise<readonly CloudMapNamespace[]> {
  const filter =
    name === undefined ? {} : { Filters: [{ Name: "NAME" as const, Condition: "EQ" as const, Values: [name] }] };
  try {
    const found = await listPages(
      calls,
      "ListNamespaces",
      (client, page) => client.send(new ListNamespacesCommand({ ...filter, ...page })),
      ({ Namespaces }) => Namespaces,
      until,
    );
    return found.flatMap(parseNamespace);
  } catch (error) {
    throw failure("ListNamespaces", "namespaces could not be listed", "*", error);
  }
}

async function readNamespace(calls: Calls, asked: string, until: number): Promise<CloudMapNamespace> {
  try {
    const command = new GetNamespaceCommand({ Id: asked });
    const { Namespace: read } = await calls.send("GetNamespace", (client) => client.send(command), until);
    const [namespace] = read === undefined ? [] : parseNamespace(read);
    if (namespace !== undefined) return namespace;
  } catch (error) {
    if (!isNamed(error, "NamespaceNotFound"))
      throw failure("GetNamespace", `namespace ${asked} could not be read`, asked, error);
  }
  throw new InputError(`namespace ${asked} does not exist, or is not shared with this account; correct \`namespaces\``);
}

function parseNamespace({ Id, Arn, Name, Type }: Namespace | NamespaceSummary): readonly CloudMapNamespace[] {
  if (Id === undefined || Name === undefined || Type === undefined) return [];
  return [{ id: Id, arn: Arn ?? Id, name: Name, type: Type satisfies NamespaceType }];
}
