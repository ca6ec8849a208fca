import { ownershipOf, isAt, podOf } from "../../core/instances.ts";
import { podName, queryKey } from "../../core/model.ts";
import type { Instance, PodQuery, Service } from "../../core/model.ts";
import type { World } from "../../core/ports.ts";
import type { Report } from "../../core/report.ts";
import type { Reads } from "./record.ts";

const SHOWN = 5;

/** Of one service. */
export type LeftByAppMesh = { readonly instances: number; readonly problem: string };

/**
 * Under `adopt.appMesh: live`, instances that App Mesh's controller left and whose pod is not here: a pass leaves them alone, since
 * another cluster's may be among them, and Cloud Map answers with them.
 */
export async function findLeftByAppMesh(
  reads: Pick<Reads, "instances">,
  { services }: Pick<Report, "services">,
  { cluster, settings }: Pick<World, "cluster" | "settings">,
  until: number,
): Promise<readonly LeftByAppMesh[]> {
  if (settings.adopt.appMesh !== "live") return [];
  const claimed = [...reads.instances].filter(([service]) => services.some((one) => isClaimed(one, service)));
  const left = claimed.map(
    ([service, instances]) =>
      [
        service,
        instances.filter(
          (instance) => ownershipOf(instance, settings) === "app-mesh" && !isHeld(instance, service, services),
        ),
      ] as const,
  );
  const queries = left.flatMap(([, instances]) => instances.flatMap(queryOf));
  if (queries.length === 0) return [];
  const lists = await cluster.listPods(queries, until);
  const isDead = (instance: Instance) =>
    queryOf(instance).some((query) => {
      const read = lists.get(queryKey(query));
      return (
        read !== undefined &&
        "value" in read &&
        !read.value.some((pod) => pod.state !== "gone" && isAt(instance, pod.ips))
      );
    });
  return left.flatMap(([service, instances]) => {
    const dead = instances.filter(isDead);
    return dead.length === 0 ? [] : [{ instances: dead.length, problem: sentence(service, dead) }];
  });
}

function isClaimed({ namespace, service, podNamespaces }: Report["services"][number], held: Service): boolean {
  const isSame = service === held.name && [held.namespace.name, held.namespace.id].includes(namespace);
  return isSame && podNamespaces.length > 0;
}

/** What is held says it better: another pod has that address now. */
function isHeld({ id }: Instance, service: Service, services: Report["services"]): boolean {
  return services.some(
    (one) => isClaimed(one, service) && one.held.some((held) => held.reason === "foreign" && held.id === id),
  );
}

function queryOf(instance: Instance): readonly PodQuery[] {
  const pod = podOf(instance);
  return pod === undefined ? [] : [{ namespace: pod.namespace, labelSelector: "", name: pod.name }];
}

function sentence({ namespace, name }: Service, dead: readonly Instance[]): string {
  const shown = dead.slice(0, SHOWN).map((instance) => {
    const pod = podOf(instance);
    return pod === undefined ? instance.id : `${instance.id} (${podName(pod)})`;
  });
  const more = dead.length > SHOWN ? ` and ${dead.length - SHOWN} more` : "";
  return `${namespace.name}/${name}: App Mesh's controller left ${shown.join(", ")}${more}, ${dead.length === 1 ? "whose pod is not in this cluster; it stays until you deregister it" : "whose pods are not in this cluster; they stay until you deregister them"}, or set \`adopt.appMesh: exclusive\` if only this cluster served that mesh`;
}
