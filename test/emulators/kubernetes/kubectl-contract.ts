import { afterAll, beforeAll, expect, test } from "vitest";
import { randomSuffix } from "./names.ts";

/** A cluster with controllers and nodes, as kubectl reaches it. */
export type KubectlDriver = {
  /** What it prints; what it complains of is the error. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

const HOLD = "example.com/hold";
const LABELS = { app: "web" };
const SETTLED = ["rollout", "status", "deployment/web", "--timeout=60s"];

/** What kubectl and any cluster have to say to each other, in sentences. */
export function describeKubectl(open: () => Promise<KubectlDriver>): void {
  let driver: KubectlDriver;
  let namespace: string;

  const kubectl = (...words: readonly string[]) => driver.kubectl(["--namespace", namespace, ...words]);
  const apply = (manifest: object, ...options: readonly string[]) =>
    driver.kubectl(["--namespace", namespace, "apply", ...options, "-f", "-"], JSON.stringify(manifest));
  const read = (path: string, ...what: readonly string[]) => kubectl("get", ...what, "-o", `jsonpath={${path}}`);
  const patch = (service: string, type: string, value: unknown) =>
    kubectl("patch", "service", service, `--type=${type}`, "-p", JSON.stringify(value));
  const ports = () => read(".spec.ports[*].port", "service", "patched");
  const generation = () => read(".metadata.generation", "deployment", "web");
  const pods = async () => (await read(".items[*].metadata.name", "pods", "-l", "app=web")).split(" ");
  /** A rollout has ended before the last pod that it replaces has. */
  const rolledOut = async () => {
    expect(await kubectl(...SETTLED)).toMatch(/deployment "web" successfully rolled out\n$/);
    await expect.poll(async () => (await pods()).length, { timeout: 60_000 }).toBe(2);
  };

  beforeAll(async () => {
    driver = await open();
    namespace = `shop-${randomSuffix()}`;
    await driver.kubectl(["create", "namespace", namespace]);
    await apply(deployment(2));
    await kubectl(...SETTLED);
  });
  afterAll(() => driver?.close());

  test("a Deployment is scaled", async () => {
    await kubectl("scale", "deployment", "web", "--replicas=3");
    await kubectl(...SETTLED);
    expect(await kubectl("get", "deployment", "web")).toMatch(/^web +3\/3 +3 +3 /m);
    await kubectl(
      "patch",
      "deployment",
      "web",
      "--type=json",
      "-p",
      '[{"op":"replace","path":"/spec/replicas","value":2}]',
    );
    await kubectl("wait", "--for=jsonpath={.status.replicas}=2", "deployment/web", "--timeout=60s");
    expect(await kubectl("get", "replicasets")).toMatch(/^web-\w+ +2 +2 +2 /m);
  });

  test("a Deployment is restarted, and goes back to what it was", async () => {
    const before = await pods();
    expect(await kubectl("rollout", "restart", "deployment", "web")).toBe("deployment.apps/web restarted\n");
    await rolledOut();
    const after = await pods();
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect(await kubectl("rollout", "history", "deployment", "web")).toMatch(/^1 .*\n2 /m);
    await kubectl("rollout", "undo", "deployment", "web");
    await rolledOut();
    const [hash] = before.map((name) => name.split("-")[1]);
    expect((await pods()).map((name) => name.split("-")[1])).toEqual([hash, hash]);
    expect(await kubectl("rollout", "history", "deployment", "web")).toMatch(/^2 .*\n3 /m);
  });

  test("an edited Deployment has pods of the new template, and one that is waited for is available", async () => {
    await kubectl("set", "image", "deployment/web", "app=app:2");
    await rolledOut();
    expect(await read(".items[*].spec.containers[*].image", "pods", "-l", "app=web")).toBe("app:2 app:2");
    const waited = await kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=60s");
    expect(waited).toBe("deployment.apps/web condition met\n");
    await expect(kubectl("wait", "--for=condition=Ready", "pod/none", "--timeout=1s")).rejects.toThrow(
      'pods "none" not found',
    );
  });

  test("a pod that is deleted comes back under another name", async () => {
    const [gone = "", stays = ""] = await pods();
    expect(await kubectl("delete", "pod", gone)).toContain(`pod "${gone}" deleted`);
    await rolledOut();
    const now = await pods();
    expect(now).toContain(stays);
    expect(now).not.toContain(gone);
  });

  test("labels and annotations are put on and taken off", async () => {
    const [pod = ""] = await pods();
    expect(await kubectl("label", "pod", pod, "color=blue")).toBe(`pod/${pod} labeled\n`);
    await expect(kubectl("label", "pod", pod, "color=red")).rejects.toThrow(/already has a value \(blue\)/);
    await kubectl("label", "pod", pod, "color=red", "--overwrite");
    await kubectl("annotate", "pod", pod, "note=x");
    expect(await read(".metadata.labels.color}{.metadata.annotations.note", "pod", pod)).toBe("redx");
    expect(await kubectl("label", "pod", pod, "color-")).toBe(`pod/${pod} unlabeled\n`);
    expect(await read(".metadata.labels.color", "pod", pod)).toBe("");
  });

  test("what kubectl builds itself is created, and shown among all", async () => {
    const created = await kubectl("create", "deployment", "built", "--image=app", "--replicas=2", "--port=8080");
    expect(created).toBe("deployment.apps/built created\n");
    await kubectl("rollout", "status", "deployment/built", "--timeout=60s");
    expect(await read(".items[*].spec.containers[*].ports[*].containerPort", "pods", "-l", "app=built")).toBe(
      "8080 8080",
    );
    const all = await kubectl("get", "all", "-l", "app=built", "-o", "name");
    expect(all).toMatch(/^pod\/built-\S+\npod\/built-\S+\ndeployment\.apps\/built\nreplicaset\.apps\/built-\S+\n$/);
    await kubectl("delete", "deployment", "built");
  });

  test("an administrator may do what is asked about", async () => {
    expect(await kubectl("auth", "can-i", "list", "pods")).toBe("yes\n");
  });

  test("a List is applied as it is, and again without a change", async () => {
    const list = { apiVersion: "v1", kind: "List", items: [service("a"), service("b")] };
    expect(await apply(list)).toBe("service/a created\nservice/b created\n");
    expect(await apply(list)).toBe("service/a unchanged\nservice/b unchanged\n");
  });

  test("each kind of patch changes what it says, and a JSON patch whose test fails nothing", async () => {
    await apply(service("patched"));
    await patch("patched", "json", [{ op: "add", path: "/spec/ports/-", value: { name: "b", port: 81 } }]);
    expect(await ports()).toBe("80 81");
    await patch("patched", "strategic", { spec: { ports: [{ port: 81, $patch: "delete" }] } });
    expect(await ports()).toBe("80");
    await patch("patched", "merge", { spec: { ports: [{ name: "c", port: 82 }] } });
    expect(await ports()).toBe("82");
    const refused = [
      { op: "replace", path: "/spec/ports/0/port", value: 83 },
      { op: "test", path: "/spec/type", value: "NodePort" },
    ];
    await expect(patch("patched", "json", refused)).rejects.toThrow(
      "the server rejected our request due to an error in our request",
    );
    expect(await ports()).toBe("82");
  });

  test("what finalizers hold is there until the last is taken off", async () => {
    await apply(service("held"));
    await patch("held", "merge", { metadata: { finalizers: [HOLD] } });
    await kubectl("delete", "service", "held", "--wait=false");
    expect(await read(".metadata.deletionTimestamp", "service", "held")).toMatch(/^\d{4}-.*Z$/);
    await expect(patch("held", "merge", { metadata: { finalizers: [HOLD, "example.com/more"] } })).rejects.toThrow(
      'no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
    );
    await patch("held", "merge", { metadata: { finalizers: null } });
    await expect(kubectl("get", "service", "held")).rejects.toThrow('services "held" not found');
  });

  test("a dry run, and a diff, change nothing", async () => {
    const before = await generation();
    expect(await apply(deployment(5), "--dry-run=server")).toBe("deployment.apps/web configured (server dry run)\n");
    const diff = driver.kubectl(["--namespace", namespace, "diff", "-f", "-"], JSON.stringify(deployment(5)));
    // It ends with 1 where there is a difference.
    await expect(diff).rejects.toThrow(/^\+ +replicas: 5$/m);
    expect(await generation()).toBe(before);
  });

  test("a Deployment that is deleted takes its ReplicaSets and pods along", async () => {
    await kubectl("delete", "deployment", "web");
    await kubectl("wait", "--for=delete", "pod", "-l", "app=web", "--timeout=60s");
    await expect.poll(() => kubectl("get", "replicasets", "-o", "name"), { timeout: 60_000 }).toBe("");
  });

  test("a namespace goes with what is in it", async () => {
    await driver.kubectl(["delete", "namespace", namespace, "--timeout=60s"]);
    await expect(driver.kubectl(["get", "namespace", namespace])).rejects.toThrow(
      `namespaces "${namespace}" not found`,
    );
  });
}

const service = (name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { ports: [{ name: "a", port: 80 }] },
});

const deployment = (replicas: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas,
    selector: { matchLabels: LABELS },
    template: { metadata: { labels: LABELS }, spec: { containers: [{ name: "app", image: "app" }] } },
  },
});
