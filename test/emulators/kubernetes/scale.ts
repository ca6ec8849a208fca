import { numberAt } from "./objects.ts";
import type { KubernetesObject, Resource } from "./objects.ts";
import { mergePatch } from "./patch.ts";
import { methodNotAllowed } from "./status.ts";
import { existing, isDryRun } from "./write.ts";
import type { Target } from "./write.ts";
import type { KubernetesWorld } from "./world.ts";

export const isScaled = ({ kind }: Resource) => kind === "Deployment" || kind === "ReplicaSet";

/** How many pods there are to be, as `kubectl scale` reads and writes it. */
export async function answerScale(
  world: KubernetesWorld,
  target: Target,
  verb: string,
  request: Request,
): Promise<Response> {
  const object = existing(world, target);
  if (verb === "get") return Response.json(scaleOf(object));
  if (verb !== "update" && verb !== "patch") throw methodNotAllowed();
  const replicas = numberAt(await request.json(), "spec.replicas");
  const { resource, namespace, name } = target;
  const change = { spec: { replicas } };
  if (isDryRun(request)) return Response.json(scaleOf(mergePatch(object, change) as KubernetesObject));
  return Response.json(scaleOf(world.patch({ kind: resource.kind, namespace, name }, change)));
}

function scaleOf(deployment: KubernetesObject): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = deployment.metadata;
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(deployment, "spec.replicas") },
    status: { replicas: numberAt(deployment, "status.replicas") },
  };
}
