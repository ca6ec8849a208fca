import { CLUSTER_KEY, OWNER_KEY, stampOf } from "./stamp.ts";
import type { Document } from "./story.ts";

export type Attributes = Readonly<Record<string, string>>;

export const MESH_KEY = "appmesh.k8s.aws/mesh";

/**
 * Whose an instance is, as a document sees it. `unusable`: ours by its owner, but it names no pod that could be. `left`: a
 * previous owner's, from a cluster that is said to be gone; `elsewhere`: from one of which that is not said.
 */
export type Ownership = "ours" | "foreign" | "unusable" | "adoptable" | "left" | "elsewhere";

/** `uid`: the cluster's that the document is for. */
export function ownershipOf(attributes: Attributes, document: Document, uid: string): Ownership {
  const holder = attributes["k8s.io/pod"] ?? attributes["k8s.io/service"];
  const names = isName(holder) && isName(attributes["k8s.io/namespace"]);
  const owner = attributes[OWNER_KEY];
  if (owner === stampOf(document)) {
    if (!names) return "unusable";
    // A name that EKS knows is one cluster's at a time.
    return document.isByKubeconfig !== true || isOfHere(attributes, document, uid) ? "ours" : "foreign";
  }
  if (owner !== undefined && names && document.previousOwners?.includes(owner) === true)
    return isOfHere(attributes, document, uid) ? "left" : "elsewhere";
  const isMesh = attributes[OWNER_KEY] === undefined && attributes[MESH_KEY] !== undefined && names;
  return isMesh && document.adopt.appMesh !== "off" ? "adoptable" : "foreign";
}

/** It came from this cluster, or from one that the document says is gone. */
function isOfHere(attributes: Attributes, { previousClusters = [] }: Document, uid: string): boolean {
  return [uid, ...previousClusters].includes(attributes[CLUSTER_KEY] ?? "");
}

/** What Kubernetes could call something. */
function isName(text: string | undefined): boolean {
  return text !== undefined && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}
