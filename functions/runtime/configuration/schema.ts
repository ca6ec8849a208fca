import * as z from "zod";
import { RATES } from "../../cloudmap/rates.ts";
import { REGION_KEY, ZONE_KEY } from "../../core/attributes.ts";
import type { Configuration } from "../../core/settings.ts";
import { SOURCES } from "../../mappings/sources.ts";
import {
  address,
  attributeKey,
  glob,
  instanceId,
  kubernetesNamespace,
  labelGlobs,
  mapping,
  policy,
  printables,
  reservedProblem,
  ttl,
} from "./mapping-schema.ts";
import { closed, flag, group, integer, list, must, text } from "./values.ts";

const PRINTABLE = /^[!-~](?:[ -~]*[!-~])?$/;
/** Services that are created carry the owner as a tag: AWS's rules for the values of tags. */
const OWNER = /^[\w.:/=+@-](?:[\w .:/=+@-]*[\w.:/=+@-])?$/;
const PART = /^[a-z0-9-]+$/;
const UID = /^[A-Za-z0-9-]+$/;
const RATE = /^(?=.*[1-9].*:)\d{1,6}(?:\.\d{1,3})?:[1-9]\d{0,5}$/;

/** The operations whose rates can be set. */
const OPERATIONS = Object.keys(RATES) as (keyof typeof RATES)[];

const parts = "1 to 32 of a-z, 0-9 and `-`";
const owners = "1 to 256 of letters, digits, spaces and `_.:/=+@-`, without a space at either end";

const autoOrBoolean = z.union([z.boolean(), z.literal("auto")], must("true, false or auto"));

/** A resource takes 50 tags; two are this tool's own. */
const MOST_TAGS = 48;
const tagKeys = "1 to 128 of letters, digits, spaces and `_.:/=+@-`, not beginning with aws: or eks-cloudmap-sync/";
const tagValues = "up to 256 of letters, digits, spaces and `_.:/=+@-`";
const tags = z
  .record(
    text(/^(?!aws:|eks-cloudmap-sync\/)[\p{L}\p{Z}\p{N}_.:/=+@-]+$/iu, 128, tagKeys),
    text(/^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u, 256, tagValues),
    must("tags as `key: value`"),
  )
  .refine((given) => Object.keys(given).length <= MOST_TAGS, must(`at most ${MOST_TAGS} tags`))
  .default({});

/** The one schema of the configuration document. Every message says what to write instead. */
export const configurationSchema = closed({
  cluster: text(PRINTABLE, 100, printables("100")).describe("The EKS cluster's name; with a kubeconfig, any name."),
  owner: text(OWNER, 256, owners)
    .optional()
    .describe(
      "Stamped on every instance registered. Default: the EKS cluster's ARN; with a kubeconfig, found out as docs/operations.md says.",
    ),
  part: z
    .union([z.literal(""), text(PART, 32, parts)], must(parts))
    .default("")
    .describe("Where several documents share a cluster: the name of this one, which becomes a part of the owner."),
  previousOwners: list(text(PRINTABLE, 1024, printables("1,024")), "owner values").describe(
    "Owner values that this document takes over: where a mapping chooses their living pods they are re-stamped.",
  ),
  previousClusters: list(text(UID, 36, "the UID of a namespace kube-system"), "UIDs").describe(
    "Clusters that are gone, by the UID of their namespace kube-system: what they registered under this owner is ours.",
  ),
  retired: list(text(/^[!-~]+$/, 1152, "`service` or `namespace/service`"), "services").describe(
    "Services whose mapping was taken away on purpose, as `service` or `namespace/service`: the guard lets their living pods go.",
  ),
  namespaces: z
    .array(text(/^[!-~]+$/, 1024, "a Cloud Map namespace's name, id or ARN"), must("a list of Cloud Map namespaces"))
    .min(1, must("at least one Cloud Map namespace: its name, id or ARN"))
    .describe("The Cloud Map namespaces that may be written: names, ids or ARNs. No other is ever touched."),
  policy: policy
    .default("sync")
    .describe("`upsert-only` removes nothing, `dry-run` changes nothing; what they hold back is reported."),
  mappings: list(mapping, "mappings").describe("Which pods belong to which service."),
  sources: group(
    Object.fromEntries(
      SOURCES.map(({ name, standard, meaning }) => [name, autoOrBoolean.default(standard).describe(meaning)]),
    ),
  ).describe("Kinds of Kubernetes objects that claim services. `auto`: on where the cluster serves the kind."),
  allow: list(
    closed({
      from: kubernetesNamespace.describe("A Kubernetes namespace."),
      services: z
        .array(glob, must("a list of service names or globs"))
        .min(1, must("at least one service name or glob"))
        .describe("Globs of the services that it may claim."),
    }),
    "rules as `{ from, services }`",
  ).describe("Which Kubernetes namespaces may claim which services. Empty: any may claim any."),
  claims: group({
    perNamespace: integer(1, 100_000)
      .default(1000)
      .describe(
        "How many claims of one Kubernetes namespace count, the oldest first; the others are held and reported.",
      ),
  }).describe("Limits on what is claimed in the cluster."),
  adopt: group({
    appMesh: z
      .enum(["off", "live", "exclusive"], must("off, live or exclusive"))
      .default("off")
      .describe("Take over instances that App Mesh's controller left behind."),
    externalDns: z
      .enum(["off", "live"], must("off or live"))
      .default("off")
      .describe("Take over instances that external-dns registered."),
  }).describe("Instances of others that are taken over."),
  createServices: flag(true).describe("Create services that are missing."),
  deleteServices: flag(false).describe("Delete services that this owner created, once they are unclaimed and empty."),
  services: group({
    ttl: ttl.default(60).describe("TTL of DNS records, in seconds."),
    customHealth: flag(false).describe("Give them a custom health check, set from the pods' readiness."),
    tags: tags.describe("Tags of one's own, beside the owner's."),
  }).describe("How services are created; those that exist stay as they are."),
  address: address
    .default("pod")
    .describe("Whose address instances have: the pod's, or its node's, with a `hostPort` or a `nodePort`."),
  id: instanceId.default("ip").describe("What instances are called: the address, or `<address>:<port>`."),
  labels: group({
    include: labelGlobs.default(["*"]).describe("Globs of the pod labels that become attributes."),
    exclude: labelGlobs.default([]).describe("Globs of those that do not."),
  }).describe("Pod labels as attributes."),
  ignoreAttributes: list(
    attributeKey.superRefine((key, context) => {
      const problem = reservedProblem(key, [REGION_KEY, ZONE_KEY]);
      if (problem !== undefined) context.addIssue(problem);
    }),
    "attribute keys",
  ).describe("Attribute keys that others write: carried over, never drift."),
  whenAllUnready: z
    .enum(["keep", "remove"], must("keep or remove"))
    .default("keep")
    .describe("What becomes of a service's instances when none of its pods is ready."),
  nodes: group({
    zones: flag(true).describe("Read nodes, for `REGION`, `AVAILABILITY_ZONE` and nodes that are leaving."),
    ec2: flag(false).describe(
      "Ask EC2 for the states of nodes: pods on a machine that stops or is terminated are gone, before Kubernetes notices.",
    ),
  }).describe("What is asked about nodes."),
  guard: group({
    maxRemovalRatio: z
      .number(must("a number from 0 to 1"))
      .min(0, must("a number from 0 to 1"))
      .max(1, must("a number from 0 to 1"))
      .default(0.5)
      .describe("Removals of living pods' instances are held above this part of the service's own living pods …"),
    minInstances: integer(0, 1_000_000).default(10).describe("… when they are also more than this number."),
  }).describe("Protection from a mistaken selector."),
  orphans: group({
    everyMinutes: integer(1, 1440)
      .default(10)
      .describe(
        "How often orphans are looked for, in minutes; each time in 40 Cloud Map namespaces at most, those that have waited longest.",
      ),
  }).describe("Our instances in services that nobody claims any more."),
  quotas: group({
    instancesPerNamespace: integer(1, 10_000_000)
      .default(2000)
      .describe("Cloud Map's quota of instances in a namespace, where AWS has raised it for this account."),
  }).describe("Quotas that `doctor` warns of."),
  confirmSeconds: integer(1, 900)
    .optional()
    .describe(
      "How long a pass waits, from its last write on, until what it wrote has taken effect, in seconds. Default: 15, in the CLI 300.",
    ),
  watch: group({
    coalesceMs: integer(0, 10_000).default(300).describe("For how long changes of pods are gathered, in milliseconds."),
  }).describe("The Lambda that follows the pods."),
  metrics: group({
    perService: flag(false).describe("Metrics for each service, which CloudWatch charges for one by one."),
  }).describe("CloudWatch metrics."),
  rates: z
    .partialRecord(
      z.enum(OPERATIONS),
      text(RATE, 20, "`<per second>:<burst>`, both above 0, e.g. 50:100, in quotes"),
      must('rates as `Operation: "perSecond:burst"`'),
    )
    .default({})
    .describe('Rates of Cloud Map\'s operations, as `RegisterInstance: "50:100"`: per second and burst.'),
}) satisfies z.ZodType<Configuration>;
