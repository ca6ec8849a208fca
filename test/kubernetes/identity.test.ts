import { expect, onTestFinished, test } from "vitest";
import { InputError } from "../../functions/core/errors.ts";
import { createConnection } from "../../functions/kubernetes/connection.ts";
import { readClusterUid } from "../../functions/kubernetes/identity.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesOptions } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";

test("a cluster is known by the UID of kube-system, whatever other namespaces there are", async () => {
  const { world, read } = await open();
  const system = world.read({ kind: "Namespace", name: "kube-system" });
  expect(await read()).toBe(system?.metadata["uid"]);
  expect(world.log).toMatchObject([
    { path: "/api/v1/namespaces", query: { fieldSelector: "metadata.name=kube-system" } },
  ]);
});

test("it is listed, never got: that is the right which both kinds of access give", async () => {
  const { read } = await open({ forbid: ({ verb }) => verb !== "list" });
  expect(await read()).toMatch(/^[0-9a-f-]{36}$/);
});

test("without that right the right is named, and that nothing was changed", async () => {
  const { read } = await open({ forbid: ({ resource }) => resource === "namespaces" });
  const refused = read();
  await expect(refused).rejects.toThrow(InputError);
  await expect(refused).rejects.toThrow(
    /^nothing was changed: .*cannot list resource "namespaces".*grant `list` on namespaces, as infra\/rbac\.yaml/,
  );
});

test("a server that shows no such namespace is no cluster that could be known", async () => {
  const { world, read } = await open();
  world.remove({ kind: "Namespace", name: "kube-system" });
  await expect(read()).rejects.toThrow("the cluster shows no namespace kube-system");
});

test("what passes is tried again", async () => {
  const { world, read } = await open();
  world.options.fault = ({ count }) => (count === 1 ? { kind: "status", status: 503 } : undefined);
  expect(await read()).toMatch(/^[0-9a-f-]{36}$/);
});

test("a server that cannot be reached is told as such, and not as a right that is missing", async () => {
  const { close, read } = await open();
  await close();
  const failed = read(Date.now());
  await expect(failed).rejects.toThrow(/kube-system could not be read: .*the time was up/);
  await expect(failed).rejects.not.toThrow("grant");
});

async function open(options: KubernetesOptions = {}) {
  const world = createKubernetes(options);
  const server = await serve(kubernetesHandler(world));
  onTestFinished(server.close);
  const connection = createConnection({ server: new URL(server.url) });
  return { world, close: server.close, read: (until?: number) => readClusterUid(connection, until) };
}
