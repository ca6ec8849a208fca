import * as z from "zod";

/** Of a namespace or a node of Kubernetes, at most a DNS subdomain; of a machine of EC2 too. */
export const kubernetesName = z.string().min(1).max(253);

/** A Cloud Map service as people name it: a name of 127 characters, with a namespace's name, id or ARN of 1,024 before it. */
export const cloudMapName = z.string().min(1).max(1_152);
