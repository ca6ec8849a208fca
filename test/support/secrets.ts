import { podObject } from "../emulators/kubernetes/workloads.ts";
import type { KubernetesObject } from "../emulators/kubernetes/objects.ts";

/** What stands in pods that every pass reads, and must never be passed on. */
export const IN_PODS = ["seeded-in-an-environment", "seeded-in-an-annotation", "seeded-in-a-command"] as const;

/** A pod whose manifest holds secrets, as manifests do. */
export function podWithSecrets(shape: Parameters<typeof podObject>[0]): KubernetesObject {
  const [variable, annotation, argument] = IN_PODS;
  const pod = podObject({
    ...shape,
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": `{"password":"${annotation}"}` },
  });
  const { containers: [container] = [], ...spec } = pod["spec"] as { readonly containers?: readonly object[] };
  const seeded = { ...container, env: [{ name: "PASSWORD", value: variable }], args: [`--password=${argument}`] };
  return { ...pod, spec: { ...spec, containers: [seeded] } };
}

/** Those of the secrets, and of what any proof of identity looks like, that stand in a text. */
export function secretsIn(text: string, secrets: readonly string[]): readonly string[] {
  return [...secrets, ...IN_PODS, ...PROOFS].filter((secret) => text.includes(secret));
}

/** Beginnings of tokens, of signed requests and of keys. */
const PROOFS = ["k8s-aws-v1", "X-Amz-Signature", "X-Amz-Credential", "AWS4-HMAC", "Bearer", "Basic ", "PRIVATE KEY"];
