import * as z from "zod";
import type { KeepLabels, Pod } from "../core/model.ts";
import { fieldsOf } from "./fields.ts";
import { parseObject } from "./parse-object.ts";

/** App Mesh's own readiness gate: nothing sets its condition any more. */
const ORPHANED_GATE = "conditions.appmesh.k8s.aws/aws-cloudmap-healthy";
const MESH_ANNOTATION = "appmesh.k8s.aws/mesh";
const VIRTUAL_NODE_ANNOTATION = "appmesh.k8s.aws/virtualNode";
/** By which App Mesh's Envoy images knew what to ask for. */
const ENVOY_VARIABLE = "APPMESH_VIRTUAL_NODE_NAME";
/** `mesh/<mesh>/virtualNode/<name>`, with App Mesh's names of up to 255 characters. */
const ENVOY_NODE = /^mesh\/([^/]{1,255})\/virtualNode\/([^/]{1,255})$/;
/** An annotation may be as long as its pod's author likes. */
const MOST_OF_ANNOTATION = 512;

const containerSchema = z.object({
  restartPolicy: z.string().optional(),
  ports: z
    .array(
      z.object({
        name: z.string().optional(),
        containerPort: z.number(),
        hostPort: z.number().optional(),
        protocol: z.enum(["TCP", "UDP", "SCTP"]).catch("TCP"),
      }),
    )
    .nullish(),
  env: z
    .array(z.object({ name: z.string(), value: z.string().optional() }))
    .nullish()
    .meta({ onlyWith: ENVOY_VARIABLE }),
});

const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string().default(""),
    creationTimestamp: z.string().default(""),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).nullish(),
    annotations: z
      .object({ [MESH_ANNOTATION]: z.string().optional(), [VIRTUAL_NODE_ANNOTATION]: z.string().optional() })
      .nullish(),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
      .nullish(),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    hostname: z.string().optional(),
    subdomain: z.string().optional(),
    containers: z.array(containerSchema).default([]),
    initContainers: z.array(containerSchema).nullish(),
    readinessGates: z.array(z.object({ conditionType: z.string() })).nullish(),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      podIPs: z.array(z.object({ ip: z.string().optional() })).nullish(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), lastTransitionTime: z.string().nullish() }))
        .nullish(),
    })
    .default({}),
});

/** A pod as the API has it, as far as it is read. */
export type ApiPod = z.infer<typeof podSchema>;

/** What is read of a pod. */
export const POD_FIELDS = fieldsOf(podSchema);

/** A pod of the API, projected to what is used. Throws where it has not the shape of one. */
export function projectPod(item: unknown, keep?: KeepLabels): Pod {
  return toPod(parsePod(item), keep);
}

/** Throws where it has not the shape of a pod. */
export function parsePod(item: unknown): ApiPod {
  return parseObject(podSchema, item);
}

export function toPod(pod: ApiPod, keep: KeepLabels = (labels) => labels): Pod {
  const { metadata, spec, status } = pod;
  const ips = (status.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  const addresses = ips.length > 0 ? ips : status.podIP === undefined ? [] : [status.podIP];
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return {
    key: { namespace: metadata.namespace, name: metadata.name },
    ips: addresses,
    labels: keep(metadata.labels ?? {}),
    ...meshMembership(pod),
    controller: owner === undefined ? undefined : { kind: owner.kind, name: owner.name },
    state: stateOf(pod, addresses),
    containersReady: areContainersReady(pod),
    node: spec.nodeName,
    host: hostOf(pod),
    ports: [...spec.containers, ...sidecars].flatMap(({ ports }) =>
      (ports ?? []).map(({ name, containerPort, hostPort, protocol }) => ({
        name,
        number: containerPort,
        protocol,
        ...(hostPort === undefined ? {} : { hostPort }),
      })),
    ),
    createdAt: metadata.creationTimestamp,
    since: conditionOf(pod, "Ready")?.lastTransitionTime ?? metadata.creationTimestamp,
  };
}

/** As the App Mesh controller's versions 0.x read it: of Envoy's variable, and where that says nothing of the annotations. */
function meshMembership({ metadata, spec }: ApiPod): Pick<Pod, "mesh" | "virtualNode"> {
  const variables = spec.containers.flatMap(({ env }) => env ?? []).filter(({ name }) => name === ENVOY_VARIABLE);
  const [, mesh, virtualNode] = variables.map(({ value }) => ENVOY_NODE.exec(value ?? "")).findLast(Boolean) ?? [];
  return {
    mesh: mesh ?? metadata.annotations?.[MESH_ANNOTATION]?.slice(0, MOST_OF_ANNOTATION),
    virtualNode: virtualNode ?? metadata.annotations?.[VIRTUAL_NODE_ANNOTATION]?.slice(0, MOST_OF_ANNOTATION),
  };
}

function hostOf({ spec: { hostname = "", subdomain = "" } }: ApiPod): Pod["host"] {
  return hostname === "" || subdomain === "" ? undefined : { name: hostname, subdomain };
}

/** Terminal pods keep their address, which may already be another's. */
function stateOf(pod: ApiPod, addresses: readonly string[]): Pod["state"] {
  const { phase } = pod.status;
  if (pod.metadata.deletionTimestamp !== undefined || phase === "Succeeded" || phase === "Failed") return "gone";
  if (addresses.length === 0) return "gone";
  return isReady(pod) ? "ready" : "not-ready";
}

function isReady(pod: ApiPod): boolean {
  return isTrue(pod, "Ready") || (gatesOf(pod).includes(ORPHANED_GATE) && areContainersReady(pod));
}

/** Its readiness gates included, but for the one that nobody sets any more. */
function areContainersReady(pod: ApiPod): boolean {
  return isTrue(pod, "ContainersReady") && gatesOf(pod).every((gate) => gate === ORPHANED_GATE || isTrue(pod, gate));
}

function gatesOf({ spec }: ApiPod): readonly string[] {
  return (spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
}

function isTrue(pod: ApiPod, type: string): boolean {
  return conditionOf(pod, type)?.status === "True";
}

function conditionOf(pod: ApiPod, wanted: string) {
  return pod.status.conditions?.find(({ type }) => type === wanted);
}
