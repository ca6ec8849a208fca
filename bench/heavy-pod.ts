import type { KubernetesObject } from "../test/emulators/kubernetes/objects.ts";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import type { PodShape } from "../test/emulators/kubernetes/workloads.ts";

const VARIABLES = Array.from({ length: 20 }, (_, index) => `VARIABLE_${index}`);
const CONTAINER = ["image", "imagePullPolicy", "name", "resources", "livenessProbe", "readinessProbe", "ports"];
const SPEC = ["dnsPolicy", "enableServiceLinks", "restartPolicy", "schedulerName", "serviceAccount", "volumes"];
const STATUS = ["containerStatuses", "hostIP", "hostIPs", "phase", "podIP", "podIPs", "startTime"];
const CONDITIONS = ["ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready"];

/** A pod as large as a real one is as JSON, about 6 KB: who manages each field, variables and volumes that nothing here reads. */
export function heavyPod(shape: PodShape): KubernetesObject {
  const pod = podObject(shape);
  const { containers, ...spec } = pod["spec"] as { readonly containers: readonly object[] };
  const env = VARIABLES.map((name) => ({ name, value: `what ${name} is in production` }));
  const volumeMounts = [{ mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name: "token", readOnly: true }];
  return {
    ...pod,
    metadata: { ...pod.metadata, managedFields: MANAGED },
    spec: { ...spec, containers: containers.map((one) => ({ ...one, env, volumeMounts })), volumes: VOLUMES },
  };
}

const MANAGED = [
  {
    ...manager("kube-controller-manager"),
    fieldsV1: {
      "f:metadata": { "f:generateName": {}, "f:labels": { ".": {}, "f:app": {}, "f:pod-template-hash": {} } },
      "f:spec": {
        "f:containers": {
          'k:{"name":"app"}': {
            ".": {},
            ...fields(CONTAINER),
            "f:env": Object.fromEntries(
              VARIABLES.map((name) => [`k:{"name":"${name}"}`, { ".": {}, ...fields(["name", "value"]) }]),
            ),
          },
        },
        ...fields(SPEC),
      },
    },
  },
  {
    ...manager("kubelet"),
    subresource: "status",
    fieldsV1: {
      "f:status": {
        "f:conditions": Object.fromEntries(
          CONDITIONS.map((type) => [
            `k:{"type":"${type}"}`,
            { ".": {}, ...fields(["lastProbeTime", "lastTransitionTime", "status", "type"]) },
          ]),
        ),
        ...fields(STATUS),
      },
    },
  },
];

const VOLUMES = [
  {
    name: "token",
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ],
    },
  },
];

function manager(name: string) {
  const at = "2026-01-05T08:00:00Z";
  return { manager: name, operation: "Update", apiVersion: "v1", time: at, fieldsType: "FieldsV1" };
}

function fields(names: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
}
