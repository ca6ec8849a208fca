import * as z from "zod";
import { InputError } from "../core/errors.ts";
import type { Connection } from "./connection.ts";
import { ApiError, listAll } from "./lists.ts";
import { parseObject } from "./parse-object.ts";

const PATH = "/api/v1/namespaces?fieldSelector=metadata.name%3Dkube-system";

const namespaceSchema = z.looseObject({ metadata: z.looseObject({ uid: z.string().min(1) }) });

/**
 * The UID of the namespace kube-system, which is the nearest that Kubernetes has to a cluster's own id: made with the cluster, and
 * never again. Throws an InputError that names the right where it may not be read.
 */
export async function readClusterUid(connection: Connection, until?: number): Promise<string> {
  try {
    const project = (item: unknown) => parseObject(namespaceSchema, item).metadata.uid;
    const list = { what: "the namespace kube-system", path: PATH, project };
    const [uid] = await listAll(connection, until === undefined ? list : { ...list, until });
    if (uid !== undefined) return uid;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    throw new InputError(
      `nothing was changed: which cluster this is cannot be known (${error.message}); grant \`list\` on namespaces, as infra/rbac.yaml and the policy AmazonEKSViewPolicy do`,
      { cause: error },
    );
  }
  throw new InputError(
    "nothing was changed: the cluster shows no namespace kube-system, so which cluster this is cannot be known; check that the address is that of a Kubernetes API server",
  );
}
