import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../functions/cli/run.ts";
import type { Terminal } from "../../functions/cli/session.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";

const ANNOTATED = (service: string) => `apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop, annotations: { eks-cloudmap-sync/service: ${JSON.stringify(service)} } }
spec: { selector: { app: api }, ports: [{ port: 80, targetPort: 8080 }] }
`;
const DEPLOYMENT = (namespace: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${namespace} }
spec: { template: { metadata: { labels: { app: web } } } }
`;
const DOCUMENT = `${SMALLEST}sources: { services: true }\n`;

test("validate checks the document and what manifests claim, and asks neither a cluster nor AWS", async () => {
  const { runBare, config, folder, cloudMap } = await setUpCli({ document: DOCUMENT });
  const manifests = join(folder, "all.yaml");
  await writeFile(
    manifests,
    `${ANNOTATED("api")}---\nkind: Deployment\napiVersion: apps/v1\nmetadata: { name: api }\n`,
  );
  const { code, out } = await runBare("validate", "-f", config, manifests);
  expect(out).toContain("ok       service shop.local/api: claimed by Service shop/api");
  expect(out).toContain("ok       service shop.local/web: claimed by mappings[0]");
  expect([code, cloudMap.calls]).toEqual([0, []]);
});

test("validate warns of what manifests ask for in vain, and says what is meant", async () => {
  const { runBare, config, folder } = await setUpCli({ document: DOCUMENT });
  const manifests = join(folder, "all.yaml");
  await writeFile(
    manifests,
    ANNOTATED("api").replace("annotations: {", "annotations: { eks-cloudmap-sync/ports: http,"),
  );
  const { code, out } = await runBare("validate", "-f", config, manifests);
  expect(out.replaceAll(/\s+/g, " ")).toContain(
    "warning Service shop/api: nothing comes of the annotation eks-cloudmap-sync/ports, which this version does not know; did you mean eks-cloudmap-sync/port?",
  );
  expect(code).toBe(0);
});

test("validate fails a claim that may not be made, and manifests that cannot be read", async () => {
  const { runBare, config, folder } = await setUpCli({
    document: `${DOCUMENT}allow: [{ from: other, services: ["*"] }]\n`,
  });
  const manifests = join(folder, "all.yaml");
  await writeFile(manifests, ANNOTATED("api"));
  const denied = await runBare("validate", "-f", config, "-o", "json", manifests);
  expect(JSON.parse(denied.out)).toMatchObject({ ok: false });
  expect(denied.out).toContain("Kubernetes namespace shop may not claim it");
  expect(denied.code).toBe(1);
  const missing = await runBare("validate", "-f", config, join(folder, "nope.yaml"));
  expect(missing.out).toMatch(
    /failed {3}.*nope\.yaml: cannot be read: there is no such file \(ENOENT\); name files of YAML or JSON, or folders/,
  );
  expect(missing.code).toBe(1);
});

test("validate names the source to switch on where manifests ask for what is off, and finds what is misspelt there", async () => {
  const { runBare, config, folder } = await setUpCli();
  const manifests = join(folder, "all.yaml");
  const misspelt = ANNOTATED("web").replace("name: api", "name: web").replace("sync/service:", "sync/servce:");
  await writeFile(manifests, `${ANNOTATED("api")}---\n${misspelt}`);
  const { code, out } = await runBare("validate", "-f", config, manifests);
  expect(out).toContain(
    "warning  Service shop/api: nothing comes of its claim, because `sources.services` is off; set `sources.services` to true in the configuration\n",
  );
  expect(out).toMatch(/warning {2}Service shop\/web: .*; did you mean eks-cloudmap-sync\/service\?/);
  expect(out).toContain("ok       manifests: 1 file, 2 objects, 1 claims a service; other kinds are not looked at\n");
  expect(code).toBe(0);
  expect((await runBare("validate", "-f", config, "--strict", manifests)).code).toBe(1);
  expect((await runBare("validate", "-f", config, "--strict")).code).toBe(0);
});

test("validate warns of a mapping that chooses none of the workloads in the files", async () => {
  const { runBare, config, folder } = await setUpCli({ document: SMALLEST.replace("app=web", "app=wbe") });
  const manifests = join(folder, "all.yaml");
  await writeFile(manifests, DEPLOYMENT("shop"));
  const { out } = await runBare("validate", "-f", config, manifests);
  expect(out).toContain(
    "warning  mappings[0]: of the workloads in these files it chooses no pod: no pod of shop has app=wbe; did you mean app=web?",
  );
  await writeFile(manifests, DEPLOYMENT("other"));
  expect((await runBare("validate", "-f", config, manifests)).out).toContain("0 warnings");
});

test("validate reads manifests from standard input, unless the configuration comes from there", async () => {
  const { config } = await setUpCli({ document: DOCUMENT });
  const { terminal, told } = pipedTerminal(ANNOTATED("api"));
  expect(await run(["node", "eks-cloudmap-sync", "validate", "-f", config, "-"], terminal)).toBe(0);
  expect(told()).toContain("ok       service shop.local/api: claimed by Service shop/api");
  expect(await run(["node", "eks-cloudmap-sync", "validate", "-f", "-", "-"], terminal)).toBe(1);
  expect(told()).toContain("standard input cannot be the configuration and the manifests");
});

test("a configuration that is given as a manifest is asked about", async () => {
  const { runBare } = await setUpCli();
  expect((await runBare("validate", "sync.yaml")).err).toContain("did you mean --config sync.yaml?");
  const folder = await runBare("validate", "k8s/");
  expect(folder.err).toContain("--config FILE is missing: the configuration, beside the manifests of k8s/");
});

test.each([
  [400, /warning {2}size: as JSON it has \d{5} bytes, and an SSM parameter holds 8192/],
  [60, /warning {2}size: as JSON it has [4-7]\d{3} characters, and the template takes 4096/],
])("validate warns of a document of %i mappings, which is too long for a stack", async (count, says) => {
  const mappings = Array.from(
    { length: count },
    (_, index) =>
      `  - { service: service-${index}, pods: { namespace: shop, selector: app=service-${index} }, port: 8080 }`,
  ).join("\n");
  const document = `${SMALLEST.split("mappings")[0]}mappings:\n${mappings}\n`;
  const { runBare, config } = await setUpCli({ document });
  const { code, out } = await runBare("validate", "-f", config);
  expect(out.replaceAll(/\s+/g, " ").replaceAll("warning size", "warning  size")).toMatch(says);
  expect(code).toBe(0);
});

test("validate says of each mistake on which line it is", async () => {
  const { runBare, config } = await setUpCli({ document: `${SMALLEST}retired: [5]\n` });
  const { err } = await runBare("validate", "-f", config);
  expect(err).toContain("line 5: retired[0]: ");
});

test("validate does not take an empty pipe, or an empty file, for manifests that are right", async () => {
  const { runBare, config, folder } = await setUpCli({ document: DOCUMENT });
  const { terminal, told } = pipedTerminal("");
  expect(await run(["node", "eks-cloudmap-sync", "validate", "-f", config, "-"], terminal)).toBe(1);
  expect(told()).toContain("standard input holds no Kubernetes object; check the command before the pipe");
  const empty = join(folder, "empty.yaml");
  await writeFile(empty, "# nothing\n");
  const { code, out } = await runBare("validate", "-f", config, "--strict", empty);
  expect(out).toContain("empty.yaml: holds no Kubernetes object; check the file, or leave it out");
  expect(out).toContain("With --strict a warning is a failure.");
  expect(code).toBe(1);
});

test("validate names an annotation that is no text, and a manifest's line that is no YAML", async () => {
  const { runBare, config, folder } = await setUpCli({ document: DOCUMENT });
  const manifests = join(folder, "all.yaml");
  await writeFile(manifests, ANNOTATED("5").replace('"5"', "5"));
  const { code, out } = await runBare("validate", "-f", config, manifests);
  expect(out.replaceAll(/\s+/g, " ")).toContain(
    "failed Service shop/api: the annotation eks-cloudmap-sync/service is 5, which is no text",
  );
  expect(code).toBe(1);
  await writeFile(manifests, "kind: Service\nkind: Service\n");
  const { out: twice } = await runBare("validate", "-f", config, manifests);
  expect(twice).toContain('all.yaml: line 2, "kind: Service": this key is there twice; keep one of the two');
});

function pipedTerminal(piped: string) {
  let text = "";
  const write = (more: string) => (text += more);
  const terminal: Terminal = {
    environment: {},
    style: { isColoured: false, width: undefined },
    input: () => Promise.resolve(piped),
    out: write,
    err: write,
    progress: () => {},
    ask: undefined,
    onInterrupt: () => {},
    onStop: () => {},
  };
  return { terminal, told: () => text };
}

const VIRTUAL_NODE = `apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualNode
metadata: { name: blue, namespace: shop }
spec:
  podSelector: { matchLabels: { app: blue } }
  serviceDiscovery: { awsCloudMap: { namespaceName: shop.local, serviceName: blue } }
`;
const MESH = `apiVersion: appmesh.k8s.aws/v1beta2
kind: Mesh
metadata: { name: mesh }
spec: { namespaceSelector: { matchLabels: { mesh: mesh } } }
`;
const NAMESPACE = (mesh: string) => `apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { mesh: ${mesh} } }
`;

test.each<[string, readonly string[], RegExp, 0 | 1]>([
  [
    "without its Mesh",
    [],
    /ok {7}VirtualNode shop\/blue: which Mesh it is of cannot be known here: .* lack the Mesh; /,
    0,
  ],
  ["without its Namespace", [MESH], /ok {7}VirtualNode shop\/blue: which Mesh .* lack Namespace shop; /, 0],
  ["with both", [MESH, NAMESPACE("mesh")], /^(?!.*cannot be known).*claimed by VirtualNode shop\/blue/s, 0],
  ["with a Namespace that no Mesh selects", [MESH, NAMESPACE("other")], /no Mesh selects the namespace shop/, 1],
])("a VirtualNode that names no Mesh is validated %s", async (_, others, says, code) => {
  const { runBare, config, folder } = await setUpCli({ document: `${SMALLEST}sources: { virtualNodes: true }\n` });
  const manifests = join(folder, "all.yaml");
  await writeFile(manifests, [VIRTUAL_NODE, ...others].join("---\n"));
  const ran = await runBare("validate", "-f", config, manifests);
  expect(ran.out).toMatch(says);
  expect(ran.code).toBe(code);
});
