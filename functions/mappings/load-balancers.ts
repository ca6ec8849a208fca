import { createHash } from "node:crypto";
import * as z from "zod";
import { balancerOf } from "../core/balancers.ts";
import type { Pod, PodQuery } from "../core/model.ts";
import { sortObjects } from "./objects.ts";
import type { Metadata } from "./objects.ts";

/** An id has so many characters at most (API_RegisterInstance.html, `InstanceId`). */
const MOST_OF_ID = 64;

const text = z.string().optional().catch(undefined);
const statusSchema = z.object({
  status: z.object({
    loadBalancer: z.object({ ingress: z.array(z.object({ hostname: text, ip: text })) }),
  }),
});

/** The load balancers of Services, by what their status says. One that is being deleted has none any more: its controller takes it away. */
export function listBalancers(objects: readonly unknown[]): readonly Pod[] {
  return sortObjects(objects).flatMap(({ object, metadata: { namespace, name, createdAt = "", isDeleted } }) => {
    const ingress = statusSchema.safeParse(object).data?.status.loadBalancer.ingress ?? [];
    const addresses = [...new Set(ingress.flatMap(({ hostname, ip }) => hostname || ip || []))];
    return isDeleted || addresses.length === 0
      ? []
      : [balancerOf({ service: { namespace, name }, addresses, createdAt })];
  });
}

export function queryBalancer({ namespace, name }: Pick<Metadata, "namespace" | "name">): PodQuery {
  return { kind: "Service", namespace, name, labelSelector: "" };
}

/** As external-dns calls them, so that what it left is taken over where it is: in lower case, what is too long by its SHA-256 in hex. */
export function balancerId(address: string): string {
  const name = address.toLowerCase();
  return name.length > MOST_OF_ID ? createHash("sha256").update(name).digest("hex") : name;
}
