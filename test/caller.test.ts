import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openCloudMap } from "./emulators/cloudmap/fixture.ts";
import { seedInstance, seedNamespace, seedService } from "./emulators/cloudmap/seed.ts";
import { serve } from "./emulators/serve.ts";
import { fencedIn } from "./support/documented.ts";
import { freePort } from "./support/ports.ts";

/** docs/lambda.md's function, as somebody has it who has copied it. */

const FOLDER = resolve("dist/caller");

test("the documented function calls a pod that answers, and remembers which there are", async () => {
  const { world, handler } = await openCaller();
  const pod = await serve(() => Promise.resolve(new Response("three orders")));
  onTestFinished(() => pod.close());
  for (const [id, port] of [
    ["gone", String(await freePort())],
    ["living", new URL(pod.url).port],
  ] as const)
    seedInstance(world, world.web, id, { AWS_INSTANCE_IPV4: "127.0.0.1", AWS_INSTANCE_PORT: port });
  expect(await handler()).toEqual({ status: 200, body: "three orders" });
  expect(await handler()).toEqual({ status: 200, body: "three orders" });
  expect(world.calls.map(({ operation }) => operation)).toEqual(["DiscoverInstances"]);
});

test("where no pod answers it says so, and asks Cloud Map again", async () => {
  const { world, handler } = await openCaller();
  await expect(handler()).rejects.toThrow("no pod of shop.local/web answered; Cloud Map has 0");
  await expect(handler()).rejects.toThrow("Cloud Map has 0");
  expect(world.calls).toHaveLength(2);
});

type Caller = { readonly handler: () => Promise<{ readonly status: number; readonly body: string }> };

async function openCaller() {
  const { world, url } = await openCloudMap();
  const web = seedService(world, seedNamespace(world));
  const [{ text } = { text: "" }] = fencedIn("docs/lambda.md").filter((one) =>
    one.text.includes("new ServiceDiscovery"),
  );
  // What a Lambda has from its environment, and an endpoint without the prefix of AWS's own.
  const where = { endpoint: url, region: "us-west-2", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
  const client = `new ServiceDiscoveryClient(${JSON.stringify({ ...where, disableHostPrefix: true })})`;
  mkdirSync(FOLDER, { recursive: true });
  onTestFinished(() => rmSync(FOLDER, { recursive: true, force: true }));
  const file = join(FOLDER, `${new URL(url).port}.ts`);
  writeFileSync(file, text.replace("new ServiceDiscoveryClient()", client));
  const { handler } = (await import(file)) as Caller;
  return { world: Object.assign(world, { web }), handler };
}
