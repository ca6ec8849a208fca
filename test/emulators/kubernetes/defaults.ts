import { isRecord, listAt, recordAt, textAt } from "./objects.ts";
import type { KubernetesObject } from "./objects.ts";
import { mergePatch } from "./patch.ts";

/** What the server fills in on creation, as far as clients depend on it. */
export function defaulted(object: KubernetesObject): KubernetesObject {
  switch (object.kind) {
    case "Namespace":
      return mergePatch(object, bareNamespace(object.metadata.name)) as KubernetesObject;
    case "Pod":
      return textAt(object, "status.phase") === ""
        ? { ...object, status: { phase: "Pending", qosClass: "BestEffort" } }
        : object;
    case "Service":
      return { ...object, spec: serviceSpec(object) };
    case "Deployment":
      return { ...object, spec: { ...deploymentSpec, ...recordAt(object, "spec") } };
    default:
      return object;
  }
}

export const bareNamespace = (name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
  spec: { finalizers: ["kubernetes"] },
  status: { phase: "Active" },
});

const deploymentSpec = {
  replicas: 1,
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
  revisionHistoryLimit: 10,
  progressDeadlineSeconds: 600,
};

/** Every Service gets the same address here: nobody asks for it. */
function serviceSpec(service: KubernetesObject): object {
  const ports = listAt(service, "spec.ports").map((port) =>
    isRecord(port) ? { protocol: "TCP", targetPort: port["port"], ...port } : port,
  );
  const given = recordAt(service, "spec");
  return { type: "ClusterIP", clusterIP: "10.100.0.10", sessionAffinity: "None", ...given, ports };
}
