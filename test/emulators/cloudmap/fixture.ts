import { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { onTestFinished } from "vitest";
import { serve } from "../serve.ts";
import type { Handler } from "../serve.ts";
import { cloudMapHandler } from "./handler.ts";
import { AT_ONCE } from "./options.ts";
import type { CloudMapOptions } from "./options.ts";
import { createCloudMap } from "./world.ts";

/**
 * A Cloud Map over HTTP for one test, with the SDK's client, and a clock that stands still until `pass`, or one of the test's own.
 * Operations end at once unless told otherwise.
 */
export async function openCloudMap(
  options: Partial<CloudMapOptions> & { readonly region?: string; readonly now?: () => number } = {},
) {
  let at = Date.UTC(2026, 10, 24);
  const world = createCloudMap({ now: () => at, ...AT_ONCE, ...options });
  const { client, url } = await openClient(cloudMapHandler(world));
  const pass = (ms: number) => {
    at += ms;
  };
  return { world, client, url, pass };
}

/** The SDK's client of `handler` over HTTP, for one test, without a second try. */
export async function openClient(handler: Handler) {
  const server = await serve(handler);
  const client = new ServiceDiscoveryClient({
    endpoint: server.url,
    region: "us-west-2",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    disableHostPrefix: true,
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  return { client, url: server.url };
}

/** What the SDK throws: its name, HTTP status, and the error's own members. */
export async function failureOf(call: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("the call did not fail");
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return {
    ...Object.fromEntries(Object.entries(error)),
    name: error.name,
    message: error.message,
    status: $metadata?.httpStatusCode,
  };
}
