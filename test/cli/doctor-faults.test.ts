import { writeFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { run as runCli } from "../../functions/cli/run.ts";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { virtualNodesV1beta2 } from "../emulators/kubernetes/custom-resources.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { openShop, SHOP } from "../functions/shop.ts";
import { setUpCli } from "../support/cli.ts";
import type { Ran } from "../support/cli.ts";
import { seedStack } from "../support/deployed-stack.ts";
import { openDroppingPort } from "../support/dropping-port.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";
import type { Deployment } from "../support/deployment.ts";
import { openTerminal } from "../support/terminal.ts";

/** What people meet, seeded into an account and a cluster: doctor finds each, names it, and says what to do. */

const DOCUMENT = `cluster: prod
namespaces: [shop.local]
mappings:
  - { service: web, pods: { namespace: shop, selector: app=web }, port: 8080 }
`;
const OWNER = "arn:aws:eks:us-west-2:111122223333:cluster/prod";
const HOUR = 3_600_000;

type Fault = {
  readonly document?: string;
  readonly region?: string;
  readonly seed?: (shop: Deployment) => void;
  /** Where it is not the shop that shows it. */
  readonly doctor?: () => Promise<Ran>;
  readonly finds: RegExp;
  readonly code: 0 | 1;
};

const FAULTS: Readonly<Record<string, Fault>> = {
  "the wrong region": {
    region: "eu-central-1",
    finds:
      /failed {3}cluster: EKS cluster prod could not be described in region eu-central-1: .*check `cluster` and the AWS region\nfailed {3}namespace shop\.local: .*does not exist in this account and region;/,
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
  "an identity that may not register instances": {
    seed: ({ cloudMap, namespace }) => {
      seedService(cloudMap, namespace, { name: "web" });
      cloudMap.options.lacks = ({ operation }) => operation === "RegisterInstance";
    },
    finds:
      /failed {3}right servicediscovery:RegisterInstance: is missing on shop\.local\/web: User: \S+ is not authorized .*; add to the identity's policy: {"Effect":"Allow","Action":\["servicediscovery:RegisterInstance"\],"Resource":\["arn:aws:servicediscovery:us-west-2:111122223333:service\/srv-\w+"\]}\n/,
    code: 1,
  },
  "another writer's instance at a pod's address": {
    seed: ({ cloudMap, namespace }) =>
      void seedInstance(cloudMap, seedService(cloudMap, namespace, { name: "web" }), "10.0.0.1"),
    finds: /warning {2}service shop\.local\/web: held \(foreign\): 10\.0\.0\.1: the id is taken by/,
    code: 0,
  },
  "a clock that is an hour behind": {
    seed: ({ advance }) => advance(HOUR),
    finds:
      /failed {3}cluster: .*\(401\): this machine's clock is 60 min behind the API server's, .*: set the clock\nfailed {3}namespace shop\.local: .*Signature expired: .*; set this machine's clock\n/,
    code: 1,
  },
  "a clock that is an hour ahead": {
    seed: ({ advance }) => advance(-HOUR),
    finds:
      /failed {3}cluster: .*\(401\): this machine's clock is 60 min ahead of the API server's, .*: set the clock\nfailed {3}namespace shop\.local: .*Signature not yet current: .*; set this machine's clock\n/,
    code: 1,
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
  "a kubeconfig's context that leads to another cluster": {
    doctor: async () => {
      const { run, kubernetes } = await setUpCli();
      await run("apply");
      kubernetes.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: "another" } });
      return run("doctor");
    },
    finds: /failed {3}pass: .*another.*--context/,
    code: 1,
  },
  "a second document with the same owner": {
    seed: ({ cloudMap, namespace, kubernetes }) => {
      kubernetes.put(podObject({ namespace: "shop", name: "other-1", ip: "10.0.7.1", labels: { app: "other" } }));
      const uid = String(kubernetes.read({ kind: "Namespace", name: "kube-system" })?.metadata["uid"]);
      const service = seedService(cloudMap, namespace, { name: "other" });
      seedInstance(cloudMap, service, "10.0.7.1", stamped("10.0.7.1", { pod: "other-1", owner: OWNER, cluster: uid }));
    },
    finds:
      /warning {2}owner: these instances of arn:\S+ belong .* no mapping here chooses: shop\.local\/other 10\.0\.7\.1; if a second document .* give each of the two a `part`/,
    code: 0,
  },
  "a document that a stack has deployed for the same cluster": {
    seed: (shop) => {
      seedStack(shop);
      shop.configure({ ...SHOP, mappings: SHOP.mappings.slice(1) });
    },
    finds:
      /warning {2}deployed document: functions keep cluster prod in sync by \/sync\/configuration, which differs from this document in mappings: .*; deploy this document, or look with --stack\n/,
    code: 0,
  },
  "another part's document that maps the same pods": {
    seed: ({ cloudMap, namespace, kubernetes }) => {
      const uid = String(kubernetes.read({ kind: "Namespace", name: "kube-system" })?.metadata["uid"]);
      const service = seedService(cloudMap, namespace, { name: "web" });
      const blue = { owner: `${OWNER}/blue`, cluster: uid };
      seedInstance(cloudMap, service, "10.0.0.1", stamped("10.0.0.1", { pod: "web-1", ...blue }));
      const other = { owner: "team", cluster: "another" };
      seedInstance(cloudMap, service, "10.9.0.1", stamped("10.9.0.1", { pod: "web-7", ...other }));
    },
    finds:
      /warning {2}document of owner arn:\S+\/blue: has registered pods that this document maps too: shop\.local\/web 10\.0\.0\.1; map each pod in one of the two documents\nok {7}document of owner team, cluster another: has 1 instance in shop\.local\/web, which are left alone\n/,
    code: 0,
  },
  "a security group that admits nobody: a port that drops": {
    doctor: async () => {
      const { runFast, kubeconfig } = await setUpCli();
      const { port, close } = await openDroppingPort();
      onTestFinished(close);
      await writeFile(kubeconfig, kubeconfigFor(`https://127.0.0.1:${port}`));
      return runFast("doctor");
    },
    finds: /failed {3}cluster: the API server could not be reached: .*security group admit this network at port 443/,
    code: 1,
  },
};

test.each(Object.entries(FAULTS))("doctor finds %s", async (_, fault) => {
  const { code, out } = await (fault.doctor ?? (() => askInShop(fault)))();
  expect(out).toMatch(fault.finds);
  expect(code).toBe(fault.code);
});

/** `doctor` on a laptop, of a shop that has the fault. */
async function askInShop({ document = DOCUMENT, region = "us-west-2", seed }: Fault): Promise<Ran> {
  const shop = await openShop();
  seed?.(shop);
  const { terminal, out, err } = openTerminal({ ...shop.variablesOf("ada"), AWS_REGION: region });
  const known = { ...terminal, input: () => Promise.resolve(document) };
  const code = await runCli(["node", "eks-cloudmap-sync", "doctor", "--config", "-"], known);
  return { code, out: out(), err: err() };
}

/** What a document's instance of a pod carries. */
function stamped(
  ip: string,
  { pod, owner, cluster }: { readonly pod: string; readonly owner: string; readonly cluster: string },
): Readonly<Record<string, string>> {
  return {
    AWS_INSTANCE_IPV4: ip,
    "k8s.io/namespace": "shop",
    "k8s.io/pod": pod,
    "eks-cloudmap-sync/owner": owner,
    "eks-cloudmap-sync/cluster": cluster,
  };
}

function fill(cloudMap: Deployment["cloudMap"], service: Parameters<typeof seedInstance>[1], count: number): void {
  for (let index = 0; index < count; index++) seedInstance(cloudMap, service, `10.200.${index >> 8}.${index & 255}`);
}
