import { seedInstance } from "../emulators/cloudmap/seed.ts";
import type { Service } from "../emulators/cloudmap/state.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { serve } from "../emulators/serve.ts";
import { createServerIdentity } from "./certificates.ts";

const GATE = "conditions.appmesh.k8s.aws/aws-cloudmap-healthy";

/** A pod as the controller sees it. */
export type MeshedPod = {
  readonly name: string;
  readonly ip: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** For which pods of which VirtualNode the controller registers in which service. */
type Node = { readonly name: string; readonly selector: Readonly<Record<string, string>>; readonly service: Service };

/** The webhook of the App Mesh controller's versions 1.x, as far as pods notice it: it gives each one the controller's readiness gate. */
export async function serveWebhook() {
  const { ca, ...tls } = await createServerIdentity();
  const server = await serve(async (request) => Response.json(answerTo((await request.json()) as Review)), { tls });
  return { url: server.url, caBundle: Buffer.from(ca).toString("base64"), close: server.close };
}

type Review = { readonly request: { readonly uid: string; readonly object: { readonly kind?: string } } };

function answerTo({ request: { uid, object } }: Review): object {
  const patch =
    object.kind === "Pod" ? [{ op: "add", path: "/spec/readinessGates", value: [{ conditionType: GATE }] }] : [];
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: true,
      patchType: "JSONPatch",
      patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
    },
  };
}

/** What the controller does in Cloud Map while it runs: registers the pods of its VirtualNodes, and deregisters its own that are gone. */
export function actAsController(
  cloudMap: CloudMapWorld,
  namespace: string,
  nodes: readonly Node[],
  pods: readonly MeshedPod[],
): void {
  for (const { name, selector, service } of nodes) {
    const virtualNode = `${name}_${namespace}`;
    const chosen = pods.filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value));
    for (const [id, { attributes }] of service.instances) {
      const isMine = attributes["appmesh.k8s.aws/virtualNode"] === virtualNode;
      if (!isMine || chosen.some(({ ip }) => ip === id)) continue;
      service.instances.delete(id);
      service.discovery.instances.delete(id);
    }
    for (const pod of chosen)
      seedInstance(cloudMap, service, pod.ip, {
        ...pod.labels,
        AWS_INSTANCE_IPV4: pod.ip,
        "k8s.io/namespace": namespace,
        "k8s.io/pod": pod.name,
        "appmesh.k8s.aws/mesh": namespace,
        "appmesh.k8s.aws/virtualNode": virtualNode,
      });
  }
}
