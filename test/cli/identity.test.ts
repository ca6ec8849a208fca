import { expect, onTestFinished, test } from "vitest";
import { createEks, eksHandler } from "../emulators/eks/handler.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { serve } from "../emulators/serve.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";

const ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/test";

test("a wrong context changes nothing: apply and plan end with 1, and doctor fails", async () => {
  const { run, cloudMap } = await setUpOtherCluster();
  const before = cloudMap.operations.size;
  const says =
    /error: nothing was changed: every instance of owner me that was read comes from cluster .*; use --context to reach the cluster that you mean; if cluster \S+ is gone, .*previousClusters.*--new-cluster/;
  for (const verb of ["apply", "plan"]) {
    const { code, out } = await run(verb);
    expect(out).toMatch(says);
    expect(out).toContain("held (other-cluster)");
    expect(out.match(/that was read comes from cluster/g)).toHaveLength(1);
    expect(code).toBe(1);
  }
  const { code, out } = await run("doctor");
  expect(out).toMatch(/failed {3}pass: nothing was changed: every instance of owner me/);
  expect([code, cloudMap.operations.size]).toEqual([1, before]);
});

test("--force does not stand for --new-cluster", async () => {
  const { run, writes } = await setUpOtherCluster();
  const before = writes().length;
  expect((await run("apply", "--force")).code).toBe(1);
  expect(writes()).toHaveLength(before);
});

test("after an apply from the wrong context the right cluster takes its instances over, and nothing that lives goes out", async () => {
  const { run, cloudMap, configure } = await setUpOtherCluster();
  const [wrong] = [...cloudMap.services.values()].flatMap(({ instances }) =>
    [...instances.values()].map(({ attributes }) => attributes["eks-cloudmap-sync/cluster"]),
  );
  expect((await run("plan")).out).toContain("is gone, or registered them by mistake, add it to the document");
  await configure(`${SMALLEST}previousClusters: ["${wrong}"]\n`);
  cloudMap.calls.length = 0;
  expect((await run("apply")).code).toBe(0);
  const writes = cloudMap.calls.flatMap(({ operation, input }) =>
    /^(Reg|Dereg)/.test(operation) ? [`${operation} ${String(input["InstanceId"])}`] : [],
  );
  expect(writes[0]).toBe("RegisterInstance 10.1.0.1");
  expect(writes.slice(1).toSorted()).toEqual(["DeregisterInstance 10.0.0.1", "DeregisterInstance 10.0.0.2"]);
});

test("an owner that is mistyped after the first apply is held, and the reason says so", async () => {
  const { run, configure } = await setUpCli();
  await run("apply");
  await configure(SMALLEST.replace("owner: me", "owner: mee"));
  expect((await run("plan")).out).toMatch(
    /held \(foreign\): .*\n.* owner me; .*; it came from this very cluster: see whether `owner` or `part` is mistyped/,
  );
});

test("with --new-cluster both clusters register side by side, and it is not needed again", async () => {
  const { run, cloudMap } = await setUpOtherCluster();
  expect((await run("plan", "--new-cluster")).out).toContain("+ register 10.1.0.1 (shop/web-9)");
  expect((await run("apply", "--new-cluster")).code).toBe(0);
  const [web] = cloudMap.services.values();
  expect([...(web?.instances.keys() ?? [])].toSorted()).toEqual(["10.0.0.1", "10.0.0.2", "10.1.0.1"]);
  expect((await run("plan", "--exit-code")).code).toBe(0);
});

test("a kubeconfig that leads elsewhere than the owner's cluster changes nothing, unless that is let through", async () => {
  const { run, writes } = await setUpEks({ endpoint: "https://elsewhere.example", owner: ARN });
  const refused = await run("apply");
  expect(refused.err).toMatch(/^error: `owner` is .*elsewhere\.example.*add --allow-endpoint/);
  expect([refused.code, writes()]).toEqual([1, []]);
  expect((await run("apply", "--allow-endpoint")).code).toBe(0);
  expect(writes()).toContain("RegisterInstance");
});

test("without an owner, an EKS cluster is found by its server, and its ARN is the owner", async () => {
  const { run, owners } = await setUpEks({ owner: undefined });
  expect((await run("apply")).code).toBe(0);
  expect(owners()).toEqual([ARN]);
});

test("without an owner, a cluster that EKS does not know is its own owner, and several can share one document", async () => {
  const { run, owners, kubernetes } = await setUpEks({ owner: undefined, cluster: "kind" });
  expect((await run("apply")).code).toBe(0);
  const uid = kubernetes.read({ kind: "Namespace", name: "kube-system" })?.metadata["uid"];
  expect(owners()).toEqual([`kube-system/${String(uid)}`]);
});

/** What an apply has registered, and then a kubeconfig that leads to another cluster, which has one pod. */
async function setUpOtherCluster() {
  const cli = await setUpCli();
  expect((await cli.run("apply")).code).toBe(0);
  const { kubernetes } = cli;
  for (const name of ["web-1", "web-2"]) kubernetes.remove({ kind: "Pod", namespace: "shop", name });
  kubernetes.put(podObject({ namespace: "shop", name: "web-9", ip: "10.1.0.1", labels: { app: "web" } }));
  kubernetes.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: "another-cluster" } });
  return cli;
}

/** A cluster that a kubeconfig leads to, and an EKS that knows one called `test`, by default at the same server. */
async function setUpEks({
  endpoint,
  owner,
  cluster = "test",
}: {
  readonly endpoint?: string;
  readonly owner: string | undefined;
  readonly cluster?: string;
}) {
  const eks = createEks();
  const server = await serve(eksHandler(eks));
  onTestFinished(server.close);
  const document = SMALLEST.replace("cluster: test", `cluster: ${cluster}`).replace(
    "owner: me\n",
    owner === undefined ? "" : `owner: ${owner}\n`,
  );
  const cli = await setUpCli({ document, variables: { AWS_ENDPOINT_URL_EKS: server.url } });
  eks.clusters.set("test", { name: "test", arn: ARN, endpoint: endpoint ?? cli.serverUrl, ca: "unused" });
  const owners = () => {
    const instances = [...cli.cloudMap.services.values()].flatMap((service) => [...service.instances.values()]);
    return [...new Set(instances.map(({ attributes }) => attributes["eks-cloudmap-sync/owner"]))];
  };
  return { ...cli, owners };
}
