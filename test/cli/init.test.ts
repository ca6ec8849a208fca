import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderFirst } from "../../functions/cli/init.ts";
import { seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import { virtualNodeObject, virtualNodesV1beta2 } from "../emulators/kubernetes/custom-resources.ts";
import { claim, claims, sourceOf } from "../support/builders.ts";
import { setUpCli } from "../support/cli.ts";

const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "web",
    namespace: "shop",
    annotations: { "eks-cloudmap-sync/service": "web", "eks-cloudmap-sync/namespace": "shop.local" },
  },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
};

test("a first document is printed from what is there, and plan accepts it", async () => {
  const { runBare, kubernetes, kubeconfig, cloudMap, configure, run, writes } = await setUpCli();
  seedNamespace(cloudMap, { name: "other.local", type: "HTTP" });
  kubernetes.put(SERVICE);
  const { code, out } = await runBare("init", "--cluster", "test", "--kubeconfig", kubeconfig);
  expect(code).toBe(0);
  expect(out).toContain(
    "\ncluster: test\nnamespaces: # no other is ever written\n  - shop.local # HTTP\npolicy: dry-run\n",
  );
  expect(out).toContain("  services: true # 1 found\n  virtualNodes: false # none found\n");
  await configure(`${out}owner: me\n`);
  const planned = await run("plan");
  expect(planned.code).toBe(0);
  expect(planned.out).toContain("shop.local/web");
  expect(writes()).toEqual([]);
});

test("where nothing claims anything it says how to begin, with every namespace of the account", async () => {
  const { runBare, kubeconfig } = await setUpCli();
  const { out } = await runBare("init", "--cluster", "test", "--kubeconfig", kubeconfig);
  expect(out).toContain("  - shop.local # HTTP\n");
  expect(out).toContain("# Nothing in the cluster claims a service. Annotate a Service");
});

test("where external-dns has services, or App Mesh VirtualNodes, it says how to take over what they registered", async () => {
  const { runBare, kubeconfig, kubernetes, cloudMap, namespace } = await setUpCli();
  const init = async () => (await runBare("init", "--cluster", "test", "--kubeconfig", kubeconfig)).out;
  expect(await init()).not.toContain("adopt");
  const description = "heritage=external-dns,external-dns/owner=default,external-dns/resource=service/shop/web";
  seedService(cloudMap, namespace, { description });
  expect(await init()).toContain(
    "\n# adopt: { externalDns: live } # moving from external-dns: docs/migrate-from-external-dns.md\n",
  );
  kubernetes.serve(virtualNodesV1beta2);
  kubernetes.put(virtualNodeObject({ name: "blue", namespace: "shop" }));
  expect(await init()).toContain("\n# adopt: { appMesh: live, externalDns: live } # moving from App Mesh: ");
  cloudMap.options.lacks = ({ operation }) => operation === "ListServices";
  expect(await init()).toContain(
    "\n# adopt: { appMesh: live } # moving from App Mesh: docs/migrate-from-app-mesh.md\n",
  );
});

test("a file is written once, and never overwritten", async () => {
  const { runBare, kubeconfig, folder } = await setUpCli();
  const file = join(folder, "first.yaml");
  const init = () => runBare("init", file, "--cluster", "test", "--kubeconfig", kubeconfig);
  const written = `${file} is written, and changes nothing as long as it says \`policy: dry-run\`; next: doctor --config ${file}, then plan --config ${file}\n`;
  expect(await init()).toEqual({ code: 0, out: "", err: written });
  expect(await readFile(file, "utf8")).toContain("cluster: test\n");
  await writeFile(file, "mine");
  const { code, err } = await init();
  expect([code, err]).toEqual([1, expect.stringContaining("first.yaml is there already, and is not overwritten")]);
  expect(await readFile(file, "utf8")).toBe("mine");
});

test("the cluster is the one that the context names, where none is given", async () => {
  const { runBare, kubeconfig, folder } = await setUpCli();
  const named = join(folder, "named");
  const ours = await readFile(kubeconfig, "utf8");
  await writeFile(named, ours.replaceAll('"test"', '"arn:aws:eks:eu-west-1:111122223333:cluster/prod"'));
  const { code, out, err } = await runBare("init", "--kubeconfig", named);
  expect(code).toBe(0);
  expect(err).toContain("cluster prod, as context arn:aws:eks:eu-west-1:111122223333:cluster/prod names it");
  expect(out).toContain("\ncluster: prod\n");
});

test("where no context says the cluster it asks for its name", async () => {
  const { runBare, kubeconfig } = await setUpCli();
  const { err: ofContext } = await runBare("init", "--kubeconfig", kubeconfig, "--context", "test");
  expect(ofContext).toContain("error: context test names no EKS cluster; add --cluster NAME");
  for (const words of [[], ["--kubeconfig", kubeconfig]]) {
    const { code, err } = await runBare("init", ...words);
    expect([code, err]).toEqual([1, expect.stringContaining("--cluster NAME is missing")]);
  }
});

test("where VirtualNodes are found, what moves from App Mesh is written as a comment", () => {
  const namespaces = [{ id: "ns-1", arn: "arn", name: "shop.local", type: "HTTP" }] as const;
  const first = (sources: Parameters<typeof renderFirst>[0]["sources"]) =>
    renderFirst({ cluster: "test", sources, namespaces, externalDns: false });
  const hint = "# adopt: { appMesh: live } # moving from App Mesh: docs/migrate-from-app-mesh.md\n";
  expect(first([{ ...claims(claim()), ...sourceOf("virtualNodes") }])).toContain(hint);
  expect(first([{ ...claims(), ...sourceOf("virtualNodes") }])).not.toContain(hint);
});
