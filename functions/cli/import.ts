import { Document, isMap, isSeq } from "yaml";
import { isReserved, MESH_KEY, VIRTUAL_NODE_KEY } from "../core/attributes.ts";
import type { BrokenClaim } from "../core/claim-problem.ts";
import type { Claim, Pod } from "../core/model.ts";
import { deriveSelector } from "./derive-selector.ts";

/** What VirtualNodes claim, and what a document has to know to claim it in their place. */
export type Import = {
  readonly claims: readonly Claim[];
  readonly broken: readonly BrokenClaim[];
  /** The living pods that the claim's query shows, chosen by it or not. */
  readonly podsOf: (claim: Claim) => readonly Pod[];
  /** As the document writes a Cloud Map namespace; undefined where it does not name it. */
  readonly writtenAs: (namespace: string) => string | undefined;
};

/**
 * Mappings, YAML, that do what VirtualNodes do, each with a comment of what its instances lose. What no mapping can say is a
 * comment alone.
 */
export function renderImport({ claims, broken, podsOf, writtenAs }: Import): string {
  const made = claims
    .map((claim) => ({ claim, pods: podsOf(claim) }))
    // Of v1beta1 a claim looks into every Kubernetes namespace, and nearly always finds its pods in its own alone.
    .filter(({ claim, pods }) => claim.pods.namespace === claim.from || pods.some(claim.chooses))
    .map(({ claim, pods }) => mappingOf(claim, pods, writtenAs));
  const mappings = made.filter((one) => "mapping" in one);
  const lost = [
    ...made.flatMap((one) => ("mapping" in one ? [] : [one.comment])),
    ...broken.map(({ origin, problem }) => `${origin.name}: ${problem}`),
  ];
  const document = new Document({ mappings: mappings.map(({ mapping }) => mapping) });
  const list = document.get("mappings");
  if (!isSeq(list)) throw new RangeError("the list of mappings is none");
  for (const [index, { comment }] of mappings.entries()) {
    const item = list.items[index];
    if (isMap(item)) item.commentBefore = ` ${comment}`;
  }
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  return [...lost.map((line) => `# Not imported: ${line}\n`), text].join("");
}

type Made =
  | { readonly mapping: Readonly<Record<string, unknown>>; readonly comment: string }
  | { readonly comment: string };

function mappingOf(claim: Claim, pods: readonly Pod[], writtenAs: Import["writtenAs"]): Made {
  const { origin, service, namespace = "", ports, attributes } = claim;
  const written = writtenAs(namespace);
  if (written === undefined)
    return { comment: `${origin.name}: ${namespace} is not among \`namespaces\`; add it there, and import again` };
  const chosen = pods.filter(claim.chooses);
  const isWhole = chosen.length === pods.length;
  const selector = isWhole ? claim.pods.labelSelector : deriveSelector(chosen, pods);
  if (selector === undefined)
    return {
      comment: `${origin.name}: no label tells its pods (${chosen.length}) from the others of ${claim.pods.namespace}; give them one, and write a mapping with it`,
    };
  const kept = Object.entries(attributes).filter(([key, value]) => isWritable(key, value));
  const port = ports[0]?.target;
  return {
    comment: [
      `${origin.name}: its instances lose ${lostKeys(claim).join(" and ")}`,
      isWhole ? "" : "; its pods name it themselves, and this selector chooses those that do today",
    ].join(""),
    mapping: {
      service,
      namespace: written,
      pods: { namespace: claim.pods.namespace, ...(selector === "" ? {} : { selector }) },
      ...(port === undefined ? {} : { port }),
      ...(kept.length === 0 ? {} : { attributes: Object.fromEntries(kept) }),
    },
  };
}

/** What instances of a VirtualNode carry, and no mapping can write. */
function lostKeys({ coreAttributes }: Claim): readonly string[] {
  return [MESH_KEY, VIRTUAL_NODE_KEY].map((key) => `${key} (${coreAttributes[key]})`);
}

/** An empty value, and a key that this tool or AWS gives its meaning, are on no instance either. */
function isWritable(key: string, value: string): boolean {
  return value !== "" && !isReserved(key);
}
