import * as z from "zod";
import { CORE_KEYS } from "../../core/attributes.ts";
import { SERVICE_NAME, SERVICE_NAMES } from "../../core/service-names.ts";
import { PORT_NAME } from "../../core/port-syntax.ts";
import { selectorProblem } from "./selector.ts";
import { closed, integer, must, text } from "./values.ts";

const KUBERNETES_NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** RegisterInstance's pattern of a value, without the empty one. */
const ATTRIBUTE_VALUE = /^[!-~](?:[ \t!-~]*[!-~])?$/;

const policies = "sync, upsert-only or dry-run";
const ports = "a port number from 1 to 65535, or a container port's name (at most 15 of a-z, 0-9 and `-`)";
export const printables = (most: string) => `1 to ${most} printable ASCII characters without a space at either end`;

export const policy = z.enum(["sync", "upsert-only", "dry-run"], must(policies));
export const kubernetesNamespace = text(KUBERNETES_NAMESPACE, 63, "a Kubernetes namespace's name");
export const attributeKey = text(/^[!-~]+$/, 255, "1 to 255 printable ASCII characters without spaces");
export const glob = text(/^[!-~]+$/, 255, "a glob of printable ASCII characters, in which `*` stands for any");
export const labelGlobs = z.array(glob, must("a list of globs of label keys"));
export const address = z.enum(
  ["pod", "node"],
  must("pod or node (a load balancer's is for Services, with the annotation eks-cloudmap-sync/address)"),
);
export const instanceId = z.enum(["ip", "ip-port"], must("ip or ip-port"));
export const ttl = integer(0, 2_147_483_647);

/** One of the document's mappings. */
export const mapping = closed({
  service: text(SERVICE_NAME, 127, SERVICE_NAMES).describe("The Cloud Map service that the pods are instances of."),
  namespace: text(/^[!-~]+$/, 1024, "one of `namespaces`, written as it is there")
    .optional()
    .describe("The service's Cloud Map namespace, written as in `namespaces`. Default: the only one there."),
  pods: closed({
    namespace: kubernetesNamespace.describe("The Kubernetes namespace of the pods."),
    selector: z
      .string(must("a Kubernetes label selector"))
      .superRefine((selector, context) => {
        const problem = selectorProblem(selector);
        if (problem !== undefined)
          context.addIssue(`${problem}; write a Kubernetes label selector, e.g. app=web,tier!=cache`);
      })
      .optional()
      .describe("A Kubernetes label selector. Default: every pod of the namespace."),
  }).describe("Which pods."),
  port: z
    .union([z.int(must(ports)).min(1, must(ports)).max(65_535, must(ports)), text(PORT_NAME, 15, ports)], must(ports))
    .optional()
    .describe("A number, or the name of a container port. Default: none, and no `AWS_INSTANCE_PORT`."),
  address: address
    .optional()
    .describe("Whose address its instances have: the pod's, or its node's. Default: the document's own."),
  attributes: z
    .record(
      attributeKey.superRefine((key, context) => {
        const problem = reservedProblem(key, []);
        if (problem !== undefined) context.addIssue(problem);
      }),
      text(ATTRIBUTE_VALUE, 1024, printables("1,024")),
      must("attributes as `key: value`"),
    )
    .default({})
    .describe("Attributes of the instances; they win over labels."),
  policy: policy.optional().describe("Which changes are made to its service. Default: the document's own."),
  id: instanceId.optional().describe("What its instances are called. Default: the document's own."),
  labels: closed({
    include: labelGlobs.optional().describe("Globs of those that do. Default: the document's own."),
    exclude: labelGlobs.optional().describe("Globs of those that do not. Default: the document's own."),
  })
    .optional()
    .describe("Which labels of its pods become attributes."),
  ttl: ttl.optional().describe("TTL of the service's DNS records, where it is created. Default: `services.ttl`."),
  customHealth: z
    .boolean(must("true or false"))
    .optional()
    .describe("Give the service a custom health check, where it is created. Default: `services.customHealth`."),
});

/** AWS and this tool give these keys their meaning. */
export function reservedProblem(key: string, allowed: readonly string[]): string | undefined {
  if (key.startsWith("AWS_")) return "keys beginning with AWS_ are set by this tool and Cloud Map; leave it out";
  if (CORE_KEYS.includes(key) && !allowed.includes(key)) return "this tool sets it itself; leave it out";
  return undefined;
}
