import * as z from "zod";
import { MESH_KEY, VIRTUAL_NODE_KEY } from "../core/attributes.ts";
import type { Pod } from "../core/model.ts";
import { parseShape, sortObjects } from "./objects.ts";
import type { Metadata, Rule, Rules, Target } from "./objects.ts";

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

/** The controller's versions 0.x. A VirtualNode has no selector: pods say to which they belong. */
export function rulesOfV1beta1(objects: readonly unknown[]): Rules {
  const namesOf = Map.groupBy(
    sortObjects(objects).map(({ metadata }) => metadata),
    ({ namespace }) => namespace,
  );
  return {
    source: "virtualNodes",
    kind: "VirtualNode",
    target: targetOf,
    rule: (object, metadata) =>
      ruleOf(
        object,
        metadata,
        (namesOf.get(metadata.namespace) ?? []).map((one) => one.name),
      ),
  };
}

/** Undefined: found by DNS, or not at all. */
function targetOf(object: unknown): Target | undefined {
  const cloudMap = parseShape(targetSchema, object).spec?.serviceDiscovery?.cloudMap ?? undefined;
  return cloudMap && { namespace: cloudMap.namespaceName, service: cloudMap.serviceName };
}

function ruleOf(object: unknown, { namespace, name }: Metadata, siblings: readonly string[]): Rule {
  const { spec } = parseShape(ruleSchema, object);
  const port = spec.listeners?.[0]?.portMapping.port;
  return {
    pods: { namespace, labelSelector: "" },
    chooses: (pod) => belongsTo(pod, name, namespace, siblings),
    ports: port === undefined ? [] : [port],
    attributes: spec.serviceDiscovery.cloudMap.attributes ?? {},
    coreAttributes: { [MESH_KEY]: spec.meshName, [VIRTUAL_NODE_KEY]: awsNameOf(name, namespace) },
    unready: "hide",
  };
}

/**
 * | the pod's annotation                        | it belongs to                                          |
 * |---------------------------------------------|--------------------------------------------------------|
 * | the AWS name of a VirtualNode               | that one: the controller and the injector read it so   |
 * | else the name of one of the pod's namespace | that one: how people write it who never saw AWS's name |
 * | anything else                               | none                                                   |
 * | absent                                      | the one named like the pod's Deployment                |
 */
function belongsTo(
  { virtualNode, ...pod }: Pod,
  name: string,
  namespace: string,
  siblings: readonly string[],
): boolean {
  if (virtualNode === undefined) return deploymentOf(pod) === name;
  const named = siblings.filter((sibling) => awsNameOf(sibling, namespace) === virtualNode);
  return named.length > 0 ? named.includes(name) : virtualNode === name;
}

/** A Deployment's ReplicaSet is called like it, with the hash of the pod template behind. */
function deploymentOf({ controller, labels }: Pick<Pod, "controller" | "labels">): string | undefined {
  const suffix = `-${labels["pod-template-hash"] ?? ""}`;
  if (controller?.kind !== "ReplicaSet" || suffix === "-" || !controller.name.endsWith(suffix)) return undefined;
  return controller.name.slice(0, -suffix.length);
}

/** `web` of `shop` is `web-shop` in AWS, and `web.shop` is so too wherever it is: App Mesh's names had no dots. */
function awsNameOf(name: string, namespace: string): string {
  return name.includes(".") ? name.replaceAll(".", "-") : `${name}-${namespace}`;
}
