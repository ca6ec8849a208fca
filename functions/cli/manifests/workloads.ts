import * as z from "zod";
import { queryKey } from "../../core/model.ts";
import type { Pod, PodQuery, Read } from "../../core/model.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

const templateSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});
const specSchema = z.object({
  template: templateSchema.optional(),
  jobTemplate: z.object({ spec: z.object({ template: templateSchema }) }).optional(),
});

/** What lists of pods would show if the workloads among these objects ran, by `queryKey`: a list a Kubernetes namespace that has any. */
export function podsOfWorkloads(
  objects: readonly KubernetesObject[],
): Map<string, { readonly query: PodQuery; readonly read: Read<readonly Pod[]> }> {
  const byNamespace = Map.groupBy(objects.flatMap(podOf), ({ key }) => key.namespace);
  return new Map(
    [...byNamespace].map(([namespace, pods]) => {
      const query = { namespace, labelSelector: "" };
      return [queryKey(query), { query, read: { value: pods } }] as const;
    }),
  );
}

/** One stands for all of a workload: they differ in nothing that selects them. */
function podOf({ kind, metadata: { namespace, name }, spec }: KubernetesObject): readonly Pod[] {
  const parsed = specSchema.safeParse(spec);
  const template = parsed.data?.template ?? parsed.data?.jobTemplate?.spec.template;
  if (template === undefined) return [];
  return [
    {
      key: { namespace, name },
      ips: [],
      labels: template.metadata?.labels ?? {},
      mesh: undefined,
      virtualNode: undefined,
      controller: { kind, name },
      state: "not-ready",
      containersReady: false,
      node: undefined,
      host: undefined,
      ports: [],
      createdAt: "",
      since: "",
    },
  ];
}
