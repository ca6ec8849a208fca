import {
  ApiException,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  Watch,
} from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { onTestFinished } from "vitest";
import { serve } from "../serve.ts";
import { kubernetesHandler } from "./handler.ts";
import { createKubernetes } from "./world.ts";
import type { KubernetesOptions } from "./world.ts";

/** A cluster over HTTP for one test, with the official client. */
export async function cluster(options: KubernetesOptions = {}, token = "any") {
  const world = createKubernetes(options);
  const server = await serve(kubernetesHandler(world));
  onTestFinished(server.close);
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: "local", server: server.url, skipTLSVerify: true }, { name: "me", token });
  return {
    world,
    server,
    core: config.makeApiClient(CoreV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    authorization: config.makeApiClient(AuthorizationV1Api),
    follow: (query: Record<string, string | number | boolean | undefined>) => follow(config, query),
  };
}

async function follow(config: KubeConfig, query: Record<string, string | number | boolean | undefined>) {
  const events: string[] = [];
  const objects: unknown[] = [];
  const { promise: done, resolve } = Promise.withResolvers<unknown>();
  const add = (type: string, object: V1Pod) => {
    events.push(`${type} ${object.metadata?.name}`);
    objects.push(object);
  };
  const controller = await new Watch(config).watch("/api/v1/pods", query, add, resolve);
  return { events, objects, done, controller };
}

export function next(page: { metadata?: { _continue?: string } }): string {
  const { _continue: token = "" } = page.metadata ?? {};
  return token;
}

export const names = (page: { items: V1Pod[] }) => page.items.map(({ metadata }) => metadata?.name);

/** What the API server refuses a call with. */
export async function failureOf(call: Promise<unknown>): Promise<ApiException<unknown>> {
  const error: unknown = await call.then(
    () => new Error("the call succeeded"),
    (error: unknown) => error,
  );
  if (error instanceof ApiException) return error as ApiException<unknown>;
  throw error;
}

type Status = { readonly code: number; readonly message: string; readonly metadata?: { readonly continue?: string } };

export async function statusOf(call: Promise<unknown>): Promise<Status> {
  const { body } = await failureOf(call);
  return (typeof body === "string" ? JSON.parse(body) : body) as Status;
}
