import { InputError } from "../core/errors.ts";
import type { Attributes, InstanceId, LabelGlobs, MappingPort, PodQuery } from "../core/model.ts";
import type { Source } from "../core/ports.ts";
import type { DocumentAddress } from "../core/settings.ts";
import { PORT_NAME } from "../core/port-syntax.ts";
import { parseService, podsBehind, portBehind, SERVICES } from "./kube-service.ts";
import type { KubeService } from "./kube-service.ts";
import { ADDRESS_ANNOTATION } from "./address-doubts.ts";
import { balancerId, listBalancers, queryBalancer } from "./load-balancers.ts";
import { collectClaims, OF_CONFIGURATION } from "./objects.ts";
import type { Metadata, Rule, ClaimedService } from "./objects.ts";
import { readAll, readEach } from "./mistakes.ts";
import { doubtServices } from "./service-doubts.ts";
import { distinctPorts, plainPort } from "./ports.ts";

const ANNOTATION = {
  service: "eks-cloudmap-sync/service",
  namespace: "eks-cloudmap-sync/namespace",
  port: "eks-cloudmap-sync/port",
  address: ADDRESS_ANNOTATION,
  attributes: "eks-cloudmap-sync/attributes",
  id: "eks-cloudmap-sync/id",
  labels: "eks-cloudmap-sync/labels",
} as const;

/** Kubernetes Services that claim by annotation. */
export const services: Source = {
  name: "services",
  resource: SERVICES,
  standard: false,
  meaning: "Kubernetes Services that carry `eks-cloudmap-sync/service`.",
  read: async (list) => {
    const read = await list(SERVICES);
    if (read.state === "absent") return read;
    return {
      state: "read",
      doubts: doubtServices(read.objects, Object.values(ANNOTATION), claimsPods),
      balancers: listBalancers(read.objects),
      ...collectClaims(read.objects, { source: "services", kind: "Service", target, pods: podsOf, rule }),
    };
  },
};

function target(_object: unknown, { annotations }: Metadata): ClaimedService | undefined {
  if (annotations[ANNOTATION.service] === undefined) return undefined;
  return readAll<ClaimedService>({
    service: () => annotationOf(annotations, "service") ?? "",
    namespace: () => annotationOf(annotations, "namespace"),
  });
}

function claimsPods(metadata: Metadata): boolean {
  return metadata.annotations[ANNOTATION.service] !== undefined && !isOfBalancer(metadata);
}

function podsOf(object: unknown, metadata: Metadata): PodQuery | undefined {
  return isOfBalancer(metadata) ? queryBalancer(metadata) : podsBehind(object, metadata);
}

function isOfBalancer({ annotations }: Pick<Metadata, "annotations">): boolean {
  return annotations[ANNOTATION.address]?.trim() === "load-balancer";
}

function rule(object: unknown, metadata: Metadata): Rule {
  return isOfBalancer(metadata) ? balancerRule(object, metadata) : podRule(object, metadata);
}

function podRule(object: unknown, { annotations }: Metadata): Rule {
  const addressOf = () => parseAddress(annotationOf(annotations, "address"));
  const read = readAll<Pick<Rule, "unready" | "address" | "ports" | "id" | "labels" | "attributes">>({
    unready: () => parseService(object).unready,
    address: addressOf,
    ports: () => portsOf(annotations, parseService(object), addressOf()),
    id: () => parseId(annotationOf(annotations, "id")),
    labels: () => parseLabels(annotationOf(annotations, "labels")),
    attributes: () => parseAttributes(annotations[ANNOTATION.attributes] ?? ""),
  });
  return { chooses: () => true, ...OF_CONFIGURATION, ...read, coreAttributes: {} };
}

/** A load balancer is at its own ports, and is called by its name or address. */
function balancerRule(object: unknown, { annotations }: Metadata): Rule {
  const { attributes } = readAll({
    type: () => needBalancer(parseService(object)),
    others: () => readEach(["port", "id", "labels"] as const, (key) => refuseForBalancer(annotations, key)),
    attributes: () => parseAttributes(annotations[ANNOTATION.attributes] ?? ""),
  });
  return {
    chooses: () => true,
    ports: [],
    ...OF_CONFIGURATION,
    address: "load-balancer",
    attributes,
    coreAttributes: {},
    idOf: balancerId,
    unready: "hide",
  };
}

function needBalancer({ type }: KubeService): void {
  if (type !== "LoadBalancer")
    throw new InputError(
      `the annotation ${ANNOTATION.address} is load-balancer, and the Service is of type ${type}, which has none; make it one of type LoadBalancer, or write pod or node`,
    );
}

function refuseForBalancer(annotations: Attributes, key: "port" | "id" | "labels"): void {
  if (annotations[ANNOTATION[key]] !== undefined)
    throw new InputError(
      `the annotation ${ANNOTATION[key]} is for pods, and ${ANNOTATION.address} is load-balancer; take one of the two away`,
    );
}

function annotationOf(annotations: Attributes, key: keyof typeof ANNOTATION): string | undefined {
  const value = annotations[ANNOTATION[key]]?.trim();
  if (value === "")
    throw new InputError(`the annotation ${ANNOTATION[key]} is empty; give it a value, or take it away`);
  return value;
}

function parseAddress(annotation: string | undefined): DocumentAddress | undefined {
  if (annotation === undefined || annotation === "pod" || annotation === "node") return annotation;
  throw new InputError(
    `the annotation ${ANNOTATION.address} is ${JSON.stringify(annotation)}; write pod, node or load-balancer`,
  );
}

function parseId(annotation: string | undefined): InstanceId | undefined {
  if (annotation === undefined || annotation === "ip" || annotation === "ip-port") return annotation;
  throw new InputError(`the annotation ${ANNOTATION.id} is ${JSON.stringify(annotation)}; write ip or ip-port`);
}

/** Globs of the labels that become attributes; those after a `!` do not. With none of the first kind, all but these. */
function parseLabels(annotation: string | undefined): LabelGlobs | undefined {
  if (annotation === undefined) return undefined;
  const globs = annotation.split(",").map((glob) => glob.trim());
  readEach(globs, checkGlob);
  const included = globs.filter((glob) => !glob.startsWith("!"));
  const excluded = globs.filter((glob) => glob.startsWith("!"));
  return { include: included.length === 0 ? ["*"] : included, exclude: excluded.map((glob) => glob.slice(1)) };
}

function checkGlob(glob: string): void {
  if (!/^!?[^!\s][^\s]*$/.test(glob))
    throw new InputError(
      `the annotation ${ANNOTATION.labels} has ${JSON.stringify(glob)}; write globs of label keys with commas between them, those to leave out with a ! before them`,
    );
}

/** Those that the annotation names, or else all of the Service. */
function portsOf(
  annotations: Attributes,
  service: KubeService,
  address: DocumentAddress | undefined,
): readonly MappingPort[] {
  const named = annotationOf(annotations, "port");
  return distinctPorts(
    named === undefined
      ? service.ports.map(portBehind)
      : readEach(named.split(","), (port) => parsePort(port.trim(), service, address)),
  );
}

/**
 * | the annotation says                         | the port is                                       |
 * |---------------------------------------------|---------------------------------------------------|
 * | the name of one of the Service's ports      | that one's target                                 |
 * | any other name                              | the container port's                              |
 * | a number that some port of it targets       | the number, with that one's node port             |
 * | a number that is only a port of the Service | that one's target                                 |
 * | a number that is only a node port of it     | that one's target, where nodes' addresses are     |
 * |                                             | asked for; else none: at the pods' IPs nobody is it |
 * | any other number                            | the number                                        |
 */
function parsePort(text: string, { ports }: KubeService, address: DocumentAddress | undefined): MappingPort {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    if (number < 1 || number > 65_535)
      throw new InputError(`the annotation ${ANNOTATION.port} names port ${text}; a port is a number from 1 to 65535`);
    const targeted = ports.find(({ target }) => target === number);
    if (targeted !== undefined) return { ...plainPort(number), nodePort: targeted.nodePort };
    const own = ports.find(({ port }) => port === number);
    if (own !== undefined) return portBehind(own);
    const onNodes = ports.find(({ nodePort }) => nodePort === number);
    if (onNodes === undefined) return plainPort(number);
    if (address === "node") return portBehind(onNodes);
    throw new InputError(
      `the annotation ${ANNOTATION.port} names ${text}, the Service's port on the nodes, where no pod's IP answers; write the target port ${onNodes.target}, or ${ANNOTATION.address}: node`,
    );
  }
  const named = text === "" ? undefined : ports.find(({ name }) => name === text);
  if (named !== undefined) return portBehind(named);
  if (!PORT_NAME.test(text))
    throw new InputError(
      `the annotation ${ANNOTATION.port} has ${JSON.stringify(text)}; write numbers or names of ports, with commas between them`,
    );
  return plainPort(text);
}

function parseAttributes(annotation: string): Attributes {
  if (annotation.trim() === "") return {};
  const seen = new Set<string>();
  return Object.fromEntries(readEach(annotation.split(","), (pair) => parseAttribute(pair, seen)));
}

/** `seen`: the keys of those before it. */
function parseAttribute(pair: string, seen: Set<string>): readonly [key: string, value: string] {
  const at = pair.indexOf("=");
  const key = pair.slice(0, Math.max(at, 0)).trim();
  const value = pair.slice(at + 1).trim();
  if (key === "" || value === "")
    throw new InputError(
      `the annotation ${ANNOTATION.attributes} has ${JSON.stringify(pair)}, which is no key=value; write k=v,k=v`,
    );
  if (seen.has(key))
    throw new InputError(`the annotation ${ANNOTATION.attributes} names ${key} twice; keep one of the two`);
  seen.add(key);
  return [key, value];
}
