import * as z from "zod";

/** Of a namespace or a node of Kubernetes, at most a DNS subdomain; of a machine of EC2 too. */
export const kubernetesName = name(253);

/** A Cloud Map service as people name it: a name of 127 characters, with a namespace's name, id or ARN of 1,024 before it. */
export const cloudMapName = name(1_152);

function name(most: number): z.ZodString {
  const error = `write a name, of at most ${most} characters`;
  return z.string().min(1, error).max(most, error);
}
