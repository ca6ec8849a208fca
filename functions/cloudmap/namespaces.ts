import { GetNamespaceCommand, ListNamespacesCommand } from "@aws-sdk/client-servicediscovery";
import type { Namespace, NamespaceFilter, NamespaceSummary } from "@aws-sdk/client-servicediscovery";
import { InputError } from "../core/errors.ts";
import type { CloudMapNamespace, NamespaceType } from "../core/model.ts";
import { isNamespaceArn, mayBeNamespaceId } from "../core/namespace-names.ts";
import { nearest } from "../core/nearest.ts";
import { isNamed } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { failure } from "./failures.ts";
import { listPages } from "./pages.ts";

/** Finds a namespace by its name, id or ARN. */
export type FindNamespace = (asked: string) => Promise<CloudMapNamespace>;

/**
 * A name means one of this account's own namespaces; one that another account shares is known by its ARN alone. `asked`: all
 * names, ids and ARNs that will be looked for; several names cost one list.
 */
export function createFindNamespace(calls: Calls, asked: readonly string[], until: number): FindNamespace {
  const names = asked.filter((one) => !isNamespaceArn(one) && !mayBeNamespaceId(one));
  const [only] = names;
  let listed: Promise<readonly CloudMapNamespace[]> | undefined;
  return async (wanted) => {
    if (isNamespaceArn(wanted) || mayBeNamespaceId(wanted)) {
      const read = await readNamespace(calls, wanted, until);
      if (read !== undefined) return read;
      if (isNamespaceArn(wanted))
        throw new InputError(
          `namespace ${wanted} does not exist, or is not shared with this account; correct \`namespaces\``,
        );
      return theOnly(wanted, await listNamespaces(calls, wanted, until));
    }
    listed ??= listNamespaces(calls, names.length === 1 ? only : undefined, until);
    const found = await listed;
    if (names.length > 1 || found.length > 0) return theOnly(wanted, found);
    // Only to say which name was meant.
    return theOnly(wanted, await listNamespaces(calls, undefined, until));
  };
}

function theOnly(wanted: string, listed: readonly CloudMapNamespace[]): CloudMapNamespace {
  const found = listed.filter(({ name }) => name === wanted);
  const [namespace, ...others] = found;
  if (namespace === undefined) {
    const near = nearest(
      wanted,
      listed.map(({ name }) => name),
    );
    const meant = near === undefined ? "" : `did you mean ${near}? If not, `;
    throw new InputError(
      `namespace ${wanted} does not exist in this account and region; ${meant}create it, or correct \`namespaces\` (one that another account shares is named by its ARN)`,
    );
  }
  if (others.length > 0) {
    const ids = found.map(({ id, type }) => `${id} (${type})`).join(" and ");
    throw new InputError(`namespace ${wanted} exists more than once: ${ids}; write the id of the one that is meant`);
  }
  return namespace;
}

/** This account's own. By name the API filters by one only. */
export async function listNamespaces(
  calls: Calls,
  name: string | undefined,
  until: number,
): Promise<readonly CloudMapNamespace[]> {
  const Filters: NamespaceFilter[] = [{ Name: "RESOURCE_OWNER", Condition: "EQ", Values: ["SELF"] }];
  if (name !== undefined) Filters.push({ Name: "NAME", Condition: "EQ", Values: [name] });
  try {
    const found = await listPages(
      calls,
      "ListNamespaces",
      (client, page) => client.send(new ListNamespacesCommand({ Filters, ...page })),
      ({ Namespaces }) => Namespaces,
      until,
    );
    return found.flatMap(parseNamespace);
  } catch (error) {
    throw failure("ListNamespaces", "Cloud Map namespaces could not be listed", "*", error);
  }
}

/** By id or ARN; undefined where there is none. */
async function readNamespace(calls: Calls, asked: string, until: number): Promise<CloudMapNamespace | undefined> {
  try {
    const command = new GetNamespaceCommand({ Id: asked });
    const { Namespace: read } = await calls.send("GetNamespace", (client) => client.send(command), until);
    const [namespace] = read === undefined ? [] : parseNamespace(read);
    return namespace;
  } catch (error) {
    if (isNamed(error, "NamespaceNotFound")) return undefined;
    throw failure("GetNamespace", `namespace ${asked} could not be read`, asked, error);
  }
}

function parseNamespace({ Id, Arn, Name, Type }: Namespace | NamespaceSummary): readonly CloudMapNamespace[] {
  if (Id === undefined || Name === undefined || Type === undefined) return [];
  return [{ id: Id, arn: Arn ?? Id, name: Name, type: Type satisfies NamespaceType }];
}
