import * as z from "zod";
import { MESH_KEY, VIRTUAL_NODE_KEY } from "../core/attributes.ts";
import type { Pod } from "../core/model.ts";
import { OF_CONFIGURATION, parseShape, sortObjects } from "./objects.ts";
import type { Metadata, Rules, ClaimedService } from "./objects.ts";
import { plainPort } from "./ports.ts";

const name = z.string().min(1);

const targetSchema = z.object({
  spec: z
    .object({
      serviceDiscovery: z
        .object({ cloudMap: z.object({ namespaceName: name, serviceName: name }).nullish() })
        .nullish(),
    })
    .nullish(),
});

const ruleSchema = z.object({
  spec: z.object({
    meshName: name,
    listeners: z.array(z.object({ portMapping: z.object({ port: z.number().int().min(1).max(65_535) }) })).nullish(),
    serviceDiscovery: z.object({
      cloudMap: z.object({ attributes: z.record(z.string(), z.string()).nullish() }),
    }),
  }),
});

/**
 * The controller's versions 0.x. A VirtualNode has no selector: pods say to which they belong, as controller and injector 0.5
 * read them.
 */
export function rulesOfV1beta1(objects: readonly unknown[]): Rules {
  const nodesOf = indexNodes(objects);
  return {
    source: "virtualNodes",
    kind: "VirtualNode",
    target: targetOf,
    pods: (_object, { namespace }) => ({ namespace, labelSelector: "" }),
    rule: (object, { namespace, name }) => {
      const { spec } = parseShape(ruleSchema, object);
      const port = spec.listeners?.[0]?.portMapping.port;
      return {
        chooses: (pod) => nodesOf(pod).some((node) => node.namespace === namespace && node.name === name),
        isNamedByPods: true,
        ports: port === undefined ? [] : [plainPort(port)],
        ...OF_CONFIGURATION,
        address: "pod",
        attributes: spec.serviceDiscovery.cloudMap.attributes ?? {},
        coreAttributes: { [MESH_KEY]: spec.meshName, [VIRTUAL_NODE_KEY]: awsNameOf(name, namespace) },
        unready: "hide",
      };
    },
  };
}

/** Undefined: found by DNS, or not at all. */
function targetOf(object: unknown): ClaimedService | undefined {
  const cloudMap = parseShape(targetSchema, object).spec?.serviceDiscovery?.cloudMap ?? undefined;
  return cloudMap && { namespace: cloudMap.namespaceName, service: cloudMap.serviceName };
}

type VirtualNode = Pick<Metadata, "namespace" | "name"> & { readonly mesh: string | undefined };

const meshSchema = z.object({ spec: z.object({ meshName: name }) });

/**
 * To which VirtualNodes a pod belongs; nearly always to one, or none. A pod of another mesh than theirs belongs to none.
 *
 * | the pod's Envoy or annotation names          | it belongs to                                                  |
 * |----------------------------------------------|----------------------------------------------------------------|
 * | the AWS name of a VirtualNode                | that one, in whatever namespace; of several, its namespace's   |
 * | else the name of one of the pod's namespace  | that one: how people write it who never saw AWS's name         |
 * | anything else                                | none                                                           |
 * | nothing                                      | the one named like its owner, by the same two rules: what the  |
 * |                                              | injector wrote into Envoy, and would                           |
 */
function indexNodes(objects: readonly unknown[]): (pod: Pod) => readonly VirtualNode[] {
  const nodes = sortObjects(objects).map(({ object, metadata: { namespace, name } }): VirtualNode => ({
    namespace,
    name,
    mesh: meshSchema.safeParse(object).data?.spec.meshName,
  }));
  const byAwsName = Map.groupBy(nodes, ({ name, namespace }) => awsNameOf(name, namespace));
  const byName = Map.groupBy(nodes, ({ name, namespace }) => `${namespace}/${name}`);
  return (pod) => {
    const { namespace } = pod.key;
    const owner = ownerOf(pod);
    const awsName = pod.virtualNode ?? (owner === undefined ? "" : `${owner}-${namespace}`);
    const isOfMesh = ({ mesh }: VirtualNode) => pod.mesh === undefined || pod.mesh === mesh;
    const named = (byAwsName.get(awsName) ?? []).filter(isOfMesh);
    const beside = named.filter((node) => node.namespace === namespace);
    if (named.length > 0) return beside.length > 0 ? beside : named;
    return (byName.get(`${namespace}/${pod.virtualNode ?? owner ?? ""}`) ?? []).filter(isOfMesh);
  };
}

/** With these labels Deployments and Argo's Rollouts tell their ReplicaSets' pods apart. */
const HASH_LABELS = ["pod-template-hash", "rollouts-pod-template-hash"];

/** The controlling owner's name, whatever its kind; of a ReplicaSet that is called like its own owner with a hash, that one's. */
function ownerOf({ controller, labels }: Pod): string | undefined {
  if (controller?.kind !== "ReplicaSet") return controller?.name;
  const suffixes = HASH_LABELS.flatMap((label) => (labels[label] === undefined ? [] : [`-${labels[label]}`]));
  const suffix = suffixes.find((one) => controller.name.endsWith(one));
  return suffix === undefined ? controller.name : controller.name.slice(0, -suffix.length);
}

/** `web` of `shop` is `web-shop` in AWS, and `web.shop` is so too wherever it is: App Mesh's names had no dots. */
function awsNameOf(name: string, namespace: string): string {
  return name.includes(".") ? name.replaceAll(".", "-") : `${name}-${namespace}`;
}
