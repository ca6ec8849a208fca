import * as z from "zod";
import type { MappingPort, PodQuery, Protocol } from "../core/model.ts";
import type { Resource } from "../core/ports.ts";
import { formatSelector } from "./label-selector.ts";
import { parseShape } from "./objects.ts";
import type { Metadata, Rule } from "./objects.ts";

export const SERVICES: Resource = { group: "", versions: ["v1"], plural: "services" };

/** A Kubernetes Service, as far as it says on which ports its pods are served. */
export type KubeService = {
  readonly type: string;
  readonly ports: readonly ServicePort[];
  readonly unready: Rule["unready"];
  readonly isHeadless: boolean;
};

export type ServicePort = {
  readonly name: string;
  readonly port: number;
  /** A number, or the name of a container port. */
  readonly target: number | string;
  readonly protocol: Protocol;
  /** Where every node forwards to it. */
  readonly nodePort: number | undefined;
};

const selectorSchema = z.object({
  spec: z.object({ type: z.string().nullish(), selector: z.record(z.string(), z.string()).nullish() }),
});

const schema = z.object({
  spec: z.object({
    type: z.string().nullish(),
    clusterIP: z.string().nullish(),
    publishNotReadyAddresses: z.boolean().nullish(),
    ports: z
      .array(
        z.object({
          name: z.string().nullish(),
          port: z.number().int(),
          targetPort: z.union([z.number().int(), z.string()]).nullish(),
          protocol: z.enum(["TCP", "UDP", "SCTP"]).nullish(),
          nodePort: z.number().int().nullish(),
        }),
      )
      .nullish(),
  }),
});

/** The pods behind a Service. Undefined: it has none by its nature, so the control plane finds none for it either. */
export function podsBehind(object: unknown, { namespace }: Metadata): PodQuery | undefined {
  const { spec } = parseShape(selectorSchema, object);
  if (podless(spec) !== undefined) return undefined;
  return { namespace, labelSelector: formatSelector({ matchLabels: spec.selector }) };
}

/** Why no pods are behind a Service. Undefined: it selects some, or cannot be understood. */
export function whyNoPods(object: unknown): string | undefined {
  const parsed = selectorSchema.safeParse(object);
  return parsed.success ? podless(parsed.data.spec) : undefined;
}

function podless({ type, selector }: z.infer<typeof selectorSchema>["spec"]): string | undefined {
  if (type === "ExternalName") return "it is an ExternalName";
  return Object.keys(selector ?? {}).length === 0 ? "it has no selector" : undefined;
}

/** Throws an InputError where it has not the shape of a Service. */
export function parseService(object: unknown): KubeService {
  const { spec } = parseShape(schema, object);
  return {
    type: spec.type ?? "ClusterIP",
    ports: (spec.ports ?? []).map(({ name, port, targetPort, protocol, nodePort }) => ({
      name: name ?? "",
      port,
      // The API server fills in an absent one with the port, and so reads 0 and the empty text.
      target:
        targetPort === undefined || targetPort === null || targetPort === 0 || targetPort === "" ? port : targetPort,
      protocol: protocol ?? "TCP",
      nodePort: nodePort ?? undefined,
    })),
    unready: spec.publishNotReadyAddresses === true ? "publish" : "hide",
    isHeadless: spec.clusterIP === "None",
  };
}

/** What a port of a Service means at its pods. */
export function portBehind({ target, protocol, nodePort }: ServicePort): MappingPort {
  return { target, protocol, attributes: {}, nodePort };
}
