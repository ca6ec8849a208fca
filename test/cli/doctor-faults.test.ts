import { writeFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { checkCluster } from "../../functions/cli/checks.ts";
import { runDoctor } from "../../functions/cli/doctor-command.ts";
import { setUpCli } from "../support/cli.ts";
import { openDroppingPort } from "../support/dropping-port.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { virtualNodesV1beta2 } from "../emulators/kubernetes/custom-resources.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { openShop } from "../functions/shop.ts";
import type { Deployment } from "../support/deployment.ts";
import { openTerminal } from "../support/terminal.ts";

/** What people meet, seeded: doctor finds each, names it, and says what to do. */

const DOCUMENT = `cluster: prod
namespaces: [shop.local]
mappings:
  - { service: web, pods: { namespace: shop, selector: app=web }, port: 8080 }
`;
const OURS = {
  "k8s.io/namespace": "shop",
  "eks-cloudmap-sync/owner": "arn:aws:eks:us-west-2:111122223333:cluster/prod",
};

type Fault = {
  readonly document?: string;
  readonly seed?: (shop: Deployment) => void;
  readonly finds: RegExp;
  readonly code: 0 | 1;
};

const FAULTS: Readonly<Record<string, Fault>> = {
  "the wrong region": {
    seed: ({ eks, cloudMap }) => {
      eks.clusters.clear();
      cloudMap.namespaces.clear();
    },
    finds:
      /failed {3}cluster: EKS cluster prod could not be described in region us-west-2: .*check `cluster` and the AWS region\n/,
    code: 1,
  },
  "an identity that the cluster does not know": {
    seed: ({ kubernetes }) => (kubernetes.options.tokens = () => undefined),
    finds: /failed {3}cluster: the API server does not know this identity \(401\): check .* access entries/,
    code: 1,
  },
  "a right that is missing on nodes": {
    seed: ({ kubernetes }) => (kubernetes.options.forbid = ({ resource }) => resource === "nodes"),
    finds: /warning {2}nodes: .*grant `list` on nodes/,
    code: 0,
  },
  "a right that is missing on custom resources": {
    document: `${DOCUMENT}sources: { virtualNodes: true }\n`,
    seed: ({ kubernetes }) => {
      kubernetes.serve(virtualNodesV1beta2);
      kubernetes.options.forbid = ({ resource }) => resource === "virtualnodes";
    },
    finds: /failed {3}source virtualNodes: .*403.*virtualnodes/,
    code: 1,
  },
  "a Kubernetes namespace that is mistyped": {
    document: DOCUMENT.replace("namespace: shop,", "namespace: shp,"),
    finds: /warning {2}mappings\[0\]: .*Kubernetes namespace shp does not exist; did you mean shop\?/,
    code: 0,
  },
  "a Cloud Map namespace that is mistyped": {
    document: DOCUMENT.replace("shop.local", "shp.local"),
    finds:
      /failed {3}namespace shp\.local: .*does not exist in this account and region; did you mean shop\.local\? If not, create it, or correct `namespaces`/,
    code: 1,
  },
  "a service with SRV records, and pods without ports": {
    document: DOCUMENT.replace(", port: 8080", ""),
    seed: ({ cloudMap, namespace }) => void seedService(cloudMap, namespace, { name: "web", records: ["SRV"] }),
    finds: /failed {3}service shop\.local\/web: held \(invalid\): 10\.0\.0\.1 and 1 more: .*SRV.*port/,
    code: 1,
  },
  "another writer's instance at a pod's address": {
    seed: ({ cloudMap, namespace }) =>
      void seedInstance(cloudMap, seedService(cloudMap, namespace, { name: "web" }), "10.0.0.1"),
    finds: /warning {2}service shop\.local\/web: held \(foreign\): 10\.0\.0\.1: the id is taken by/,
    code: 0,
  },
  "a service with 950 of 1,000 instances": {
    seed: ({ cloudMap, namespace }) => fill(cloudMap, seedService(cloudMap, namespace, { name: "web" }), 950),
    finds:
      /warning {2}service shop\.local\/web: it holds 950 instances, whoever registered them, of the 1000 .*: split it/,
    code: 0,
  },
  "a namespace with 1,900 of 2,000 instances": {
    seed: ({ cloudMap, namespace }) => {
      for (const name of ["one", "two"]) fill(cloudMap, seedService(cloudMap, namespace, { name }), 950);
    },
    finds: /warning {2}namespace shop\.local: .*it holds 1900 instances, .*of its quota of 2000: ask AWS for more/,
    code: 0,
  },
  "an identity that may not register instances": {
    seed: ({ cloudMap, namespace }) => {
      seedService(cloudMap, namespace, { name: "web" });
      cloudMap.options.lacks = ({ operation }) => operation === "RegisterInstance";
    },
    finds:
      /failed {3}right servicediscovery:RegisterInstance: is missing on shop\.local\/web: User: \S+ is not authorized .*; add to the identity's policy: {"Effect":"Allow","Action":\["servicediscovery:RegisterInstance"\],"Resource":\["arn:aws:servicediscovery:us-west-2:111122223333:service\/srv-\w+"\]}\n/,
    code: 1,
  },
  "a second document with the same owner": {
    seed: ({ cloudMap, namespace, kubernetes }) => {
      kubernetes.put(podObject({ namespace: "shop", name: "other-1", ip: "10.0.7.1", labels: { app: "other" } }));
      const uid = kubernetes.read({ kind: "Namespace", name: "kube-system" })?.metadata["uid"];
      const service = seedService(cloudMap, namespace, { name: "other" });
      seedInstance(cloudMap, service, "10.0.7.1", {
        ...OURS,
        AWS_INSTANCE_IPV4: "10.0.7.1",
        "k8s.io/pod": "other-1",
        "eks-cloudmap-sync/cluster": String(uid),
      });
    },
    finds:
      /warning {2}owner: these instances of arn:\S+ belong .* no mapping here chooses: shop\.local\/other 10\.0\.7\.1; if a second document .* give each of the two a `part`/,
    code: 0,
  },
};

test.each(Object.entries(FAULTS))("doctor finds %s", async (_, { document = DOCUMENT, seed, finds, code }) => {
  const shop = await openShop();
  seed?.(shop);
  const { terminal, out } = openTerminal(shop.variablesOf("ada"));
  const known = { ...terminal, input: () => Promise.resolve(document) };
  expect(await runDoctor({ config: "-", output: "table" }, known)).toBe(code);
  expect(out()).toMatch(finds);
});

test.each([
  [3_600_000, "60 min ahead of"],
  [-3_600_000, "60 min behind"],
])("doctor says of a token that is refused by how much the clock is off: %i ms", (off, says) => {
  const date = Date.UTC(2026, 10, 26);
  const { result, message } = checkCluster({ status: 401, text: "", date }, date + off);
  expect({ result, message }).toMatchObject({ result: "failed", message: expect.stringContaining(says) });
});

test("doctor finds a security group that admits nobody: a port that drops", async () => {
  const { runFast, kubeconfig } = await setUpCli();
  const { port, close } = await openDroppingPort();
  onTestFinished(close);
  await writeFile(kubeconfig, kubeconfigFor(`https://127.0.0.1:${port}`));
  const { code, out } = await runFast("doctor");
  expect(out).toMatch(
    /failed {3}cluster: the API server could not be reached: .*security group admit this network at port 443/,
  );
  expect(code).toBe(1);
});

function fill(cloudMap: Deployment["cloudMap"], service: Parameters<typeof seedInstance>[1], count: number): void {
  for (let index = 0; index < count; index++) seedInstance(cloudMap, service, `10.200.${index >> 8}.${index & 255}`);
}
