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

/** `lost`: what no mapping can say, and why; it stands in the text too, as comments. */
export type Imported = { readonly text: string; readonly lost: readonly string[] };

/** Mappings, YAML, that do what VirtualNodes do, each with a comment of what its instances lose. */
export function renderImport(found: Import): Imported {
  const made = [...Map.groupBy(found.claims, ({ origin }) => origin.name).values()].flatMap((claims) =>
    importNode(claims, found),
  );
  const mappings = made.filter((one) => "mapping" in one);
  const lost = [
    ...made.flatMap((one) => ("mapping" in one ? [] : [one.comment])),
    ...found.broken.map(({ origin, problem }) => `${origin.name}: ${problem}`),
  ];
  const document = new Document({ mappings: mappings.map(({ mapping }) => mapping) });
  const list = document.get("mappings");
  if (!isSeq(list)) throw new RangeError("the list of mappings is none");
  for (const [index, { comment }] of mappings.entries()) {
    const item = list.items[index];
    if (isMap(item)) item.commentBefore = ` ${comment}`;
  }
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  return { text: [...lost.map((line) => `# Not imported: ${line}\n`), text].join(""), lost };
}

type Made =
  | { readonly mapping: Readonly<Record<string, unknown>>; readonly comment: string }
  | { readonly comment: string };

/** Of one VirtualNode, which of v1beta1 has a claim for each Kubernetes namespace: a mapping for each where it has pods. */
function importNode(claims: readonly Claim[], found: Import): readonly Made[] {
  return claims.flatMap((claim): readonly Made[] => {
    const { origin, namespace = "", isNamedByPods, pods } = claim;
    const isFirst = claim === claims[0];
    const written = found.writtenAs(namespace);
    if (written === undefined)
      return isFirst
        ? [{ comment: `${origin.name}: ${namespace} is not among \`namespaces\`; add it there, and import again` }]
        : [];
    if (isNamedByPods === undefined) return [mappingOf(claim, written, pods.labelSelector)];
    if (!hasPods(claim, found))
      return isFirst && !claims.some((one) => hasPods(one, found))
        ? [
            {
              comment: `${origin.name}: has no pod now; scale it up and import again, or write its mapping by hand`,
            },
          ]
        : [];
    return [withSelector(claim, written, found)];
  });
}

function hasPods(claim: Claim, { podsOf }: Import): boolean {
  return podsOf(claim).some(claim.chooses);
}

/** By what the pods' labels are today; what pods those of other VirtualNodes will be is not known while they have none. */
function withSelector(claim: Claim, written: string, found: Import): Made {
  const { origin } = claim;
  const { namespace } = claim.pods;
  const pods = found.podsOf(claim);
  const chosen = pods.filter(claim.chooses);
  const neighbours = found.claims.filter((one) => one.from === namespace && one.pods.namespace === namespace);
  const selector = deriveSelector(
    chosen,
    pods,
    neighbours.every((one) => hasPods(one, found)),
  );
  if (selector === undefined)
    return {
      comment: `${origin.name}: no label tells its pods (${chosen.length}) from the others of ${namespace}; give them one, and write a mapping with it`,
    };
  const { comment, ...made } = mappingOf(claim, written, selector);
  return {
    ...made,
    comment: `${comment}; its pods name it themselves, by their Envoy or an annotation, which no mapping can ask for: this selector is made of the labels that they have today`,
  };
}

function mappingOf(claim: Claim, written: string, selector: string): Made {
  const { origin, service, ports, attributes } = claim;
  const kept = Object.entries(attributes).filter(([key, value]) => isWritable(key, value));
  const port = ports[0]?.target;
  return {
    comment: `${origin.name}: its instances lose ${lostKeys(claim).join(" and ")}`,
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
