import * as z from "zod";
import { MESH_KEY, VIRTUAL_NODE_KEY } from "../core/attributes.ts";
import type { PodQuery } from "../core/model.ts";
import { formatSelector, labelSelectorSchema } from "./label-selector.ts";
import type { MeshOf } from "./meshes.ts";
import { readAll } from "./mistakes.ts";
import { OF_CONFIGURATION, parseShape } from "./objects.ts";
import type { Metadata, Rule, Rules, ClaimedService } from "./objects.ts";
import { plainPort } from "./ports.ts";

const name = z.string().min(1);

const targetSchema = z.object({
  spec: z
    .object({
      serviceDiscovery: z
        .object({ awsCloudMap: z.object({ namespaceName: name, serviceName: name }).nullish() })
        .nullish(),
    })
    .nullish(),
});

const podsSchema = z.object({ spec: z.object({ podSelector: labelSelectorSchema.nullish() }) });

const meshRefSchema = z.object({ spec: z.object({ meshRef: z.object({ name }).nullish() }) });

const ruleSchema = z.object({
  spec: z.object({
    awsName: z.string().nullish(),
    listeners: z.array(z.object({ portMapping: z.object({ port: z.number().int().min(1).max(65_535) }) })).nullish(),
    serviceDiscovery: z.object({
      awsCloudMap: z.object({ attributes: z.array(z.object({ key: z.string(), value: z.string() })).nullish() }),
    }),
  }),
});

/** The controller's versions 1.x. An absent podSelector selects nothing, an empty one every pod of the namespace. */
export function rulesOfV1beta2(meshOf: MeshOf): Rules {
  return {
    source: "virtualNodes",
    kind: "VirtualNode",
    target: targetOf,
    pods: podsOf,
    rule: (object, metadata) => ruleOf(object, metadata, meshOf),
  };
}

/** Undefined: found by DNS, or not at all. */
function targetOf(object: unknown): ClaimedService | undefined {
  const cloudMap = parseShape(targetSchema, object).spec?.serviceDiscovery?.awsCloudMap ?? undefined;
  return cloudMap && { namespace: cloudMap.namespaceName, service: cloudMap.serviceName };
}

function podsOf(object: unknown, { namespace }: Metadata): PodQuery | undefined {
  const { podSelector } = parseShape(podsSchema, object).spec;
  if (podSelector === undefined || podSelector === null) return undefined;
  return { namespace, labelSelector: formatSelector(podSelector) };
}

function ruleOf(object: unknown, metadata: Metadata, meshOf: MeshOf): Rule {
  const { spec, mesh } = readAll({
    spec: () => parseShape(ruleSchema, object).spec,
    mesh: () => meshOf(parseShape(meshRefSchema, object).spec.meshRef?.name, metadata.namespace),
  });
  const port = spec.listeners?.[0]?.portMapping.port;
  const attributes = spec.serviceDiscovery.awsCloudMap.attributes ?? [];
  return {
    chooses: () => true,
    ports: port === undefined ? [] : [plainPort(port)],
    ...OF_CONFIGURATION,
    address: "pod",
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, value])),
    coreAttributes: {
      [MESH_KEY]: mesh,
      // The controller's webhook writes the default into the object; manifests that it never saw lack it.
      [VIRTUAL_NODE_KEY]: spec.awsName || `${metadata.name}_${metadata.namespace}`,
    },
    unready: "hide",
  };
}
