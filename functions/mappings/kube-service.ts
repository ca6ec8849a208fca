import * as z from "zod";
import { InputError } from "../core/errors.ts";
import type { Resource } from "../core/ports.ts";
import { formatSelector } from "./label-selector.ts";
import { parseShape } from "./objects.ts";
import type { Metadata, Rule } from "./objects.ts";

export const SERVICES: Resource = { group: "", versions: ["v1"], plural: "services" };

/** A Kubernetes Service, as far as it says which pods are behind it and on which ports. */
export type KubeService = {
  readonly pods: Rule["pods"];
  readonly ports: readonly ServicePort[];
  readonly unready: Rule["unready"];
  readonly isHeadless: boolean;
};

type ServicePort = {
  readonly name: string;
  readonly port: number;
  /** A number, or the name of a container port. */
  readonly target: number | string;
  readonly protocol: string;
};

const schema = z.object({
  spec: z.object({
    type: z.string().nullish(),
    clusterIP: z.string().nullish(),
    selector: z.record(z.string(), z.string()).nullish(),
    publishNotReadyAddresses: z.boolean().nullish(),
    ports: z
      .array(
        z.object({
          name: z.string().nullish(),
          port: z.number().int(),
          targetPort: z.union([z.number().int(), z.string()]).nullish(),
          protocol: z.string().nullish(),
        }),
      )
      .nullish(),
  }),
});

/** Throws an InputError where the Service does not say which pods are behind it. */
export function parseService(object: unknown, { namespace }: Metadata): KubeService {
  const { spec } = parseShape(schema, object);
  if (spec.type === "ExternalName")
    throw new InputError("the Service is an ExternalName, which has no pods; use one that selects pods");
  const selector = spec.selector ?? {};
  if (Object.keys(selector).length === 0)
    throw new InputError("the Service has no selector, so no pods of its own; give it one");
  return {
    pods: { namespace, labelSelector: formatSelector({ matchLabels: selector }) },
    ports: (spec.ports ?? []).map(({ name, port, targetPort, protocol }) => ({
      name: name ?? "",
      port,
      // The API server fills in an absent one with the port, and so reads 0 and the empty text.
      target:
        targetPort === undefined || targetPort === null || targetPort === 0 || targetPort === "" ? port : targetPort,
      protocol: protocol ?? "TCP",
    })),
    unready: spec.publishNotReadyAddresses === true ? "publish" : "hide",
    isHeadless: spec.clusterIP === "None",
  };
}

/** The ports behind a Service, in its order; one that is served over several protocols once. */
export function targetPorts({ ports }: KubeService): readonly (number | string)[] {
  return [...new Set(ports.map(({ target }) => target))];
}
