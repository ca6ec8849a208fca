import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { openCloudMapStage } from "../support/stage.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
};
type Role = { readonly kind: string; readonly rules?: readonly Rule[] };

const NAMESPACE = "howto-k8s-cloudmap";
const MANIFEST = readFileSync("infra/rbac.yaml", "utf8");
const [role = { kind: "" }, binding] = parseAllDocuments(MANIFEST).map((document) => document.toJS() as Role);
const rules = role.rules ?? [];
/** Pods, and namespaces for whose cluster it is. */
const LEAST_RIGHTS = rules.filter(({ resources }) => resources.includes("pods") || resources.includes("namespaces"));
/** Somebody whom the cluster knows by the group alone. */
const AS = ["--as", "reader", "--as-group", "eks-cloudmap-sync"];

const BASE = {
  cluster: "prod",
  owner: "prod",
  namespaces: ["howto-k8s-cloudmap.pvt.aws.local"],
  mappings: [{ service: "front", pods: { namespace: NAMESPACE, selector: "app=front" } }],
};
const EVERYTHING = { ...BASE, sources: { services: true, virtualNodes: true, serviceExports: true } };
const LEAST = {
  ...BASE,
  sources: { services: false, virtualNodes: false, serviceExports: false },
  nodes: { zones: false },
};

describe.skipIf(missing !== undefined)("infra/rbac.yaml on a real control plane", () => {
  let plane: ControlPlane;
  let proxy: Proxy;

  beforeAll(async () => {
    plane = await startControlPlane();
    await plane.kubectl(["apply", "-f", "-"], CRDS.map(crd).join("---\n"));
    await plane.kubectl(["wait", "--for=condition=established", "crd", "--all", "--timeout=60s"]);
    await plane.kubectl(["apply", "-f", "-"], readFileSync("test/support/manifests/walkthrough.yaml", "utf8"));
    await plane.kubectl(["apply", "-f", "-"], OBJECTS);
    await plane.kubectl(["apply", "-f", "infra/rbac.yaml"]);
    const available = ["--for=condition=available", "deployment", "--all", "--timeout=60s"];
    await plane.kubectl(["wait", "-n", NAMESPACE, ...available]);
    proxy = await startProxy(plane.kubeconfig);
  });

  afterAll(async () => {
    await proxy?.stop();
    await plane?.stop();
  });

  test("the group may do what it says, and nothing else", async () => {
    const review = {
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      spec: { namespace: NAMESPACE },
    };
    const answer = await plane.kubectl(
      ["create", "--validate=false", "-f", "-", "-o", "json", ...AS],
      JSON.stringify(review),
    );
    const { status } = JSON.parse(answer) as { readonly status: { readonly resourceRules: readonly Rule[] } };
    // Everybody may ask what he may do himself.
    const own = status.resourceRules.filter(
      ({ resources }) => !resources.every((one) => one.startsWith("selfsubject")),
    );
    expect(own.flatMap(rightsOf).toSorted()).toEqual(rules.flatMap(rightsOf).toSorted());
  });

  test.each([
    ["get", "secrets"],
    ["get", "configmaps"],
    ["get", "serviceaccounts"],
    ["get", "deployments"],
    ["get", "pod/none"],
    ["get", "node/ip-192-168-34-59.us-west-2.compute.internal"],
    ["logs", "none"],
    ["exec", "none", "--", "true"],
    ["delete", "pods", "--all", "--grace-period=0"],
    ["create", "deployment", "intruder", "--image=x"],
    ["label", "namespace", NAMESPACE, "a=b"],
    ["cordon", "ip-192-168-34-59.us-west-2.compute.internal"],
    ["create", "token", "default"],
  ])("the group is forbidden to %s %s", async (...args) => {
    await expect(plane.kubectl([...AS, "-n", NAMESPACE, ...args])).rejects.toThrow(/forbidden/i);
  });

  test("production's pass reads all sources, nodes and pods with it", async () => {
    expect(await faults(EVERYTHING)).toEqual([]);
    const pods = await fetch(`${proxy.url}/api/v1/pods?watch=1&timeoutSeconds=1`);
    expect(pods.status).toBe(200);
  });

  test("without the rules of what is off a pass still reads all that it needs", async () => {
    await allow(LEAST_RIGHTS);
    await vi.waitFor(async () => expect(await faults(LEAST)).toEqual([]), 30_000);
  });

  test.each(rules.filter(({ resources }) => !resources.includes("pods")).flatMap(({ resources }) => resources))(
    "%s is needed where the manifest says so",
    async (resource) => {
      await allow(rules.map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== resource) })));
      await vi.waitFor(
        async () => expect((await faults(EVERYTHING)).join("\n")).toMatch(new RegExp(`${resource}.* is forbidden`)),
        30_000,
      );
    },
  );

  /** Applies the role with these rules alone, which the API server takes a moment to know. */
  async function allow(some: readonly Rule[]): Promise<void> {
    const manifest = [{ ...role, rules: some.filter(({ resources }) => resources.length > 0) }, binding];
    await plane.kubectl(["apply", "-f", "-"], manifest.map((one) => stringify(one)).join("---\n"));
  }

  /** What a pass complains of. */
  async function faults(document: object): Promise<readonly string[]> {
    const stage = await openCloudMapStage(proxy.kubeconfig, stringify(document)).catch((error: Error) => error);
    if (stage instanceof Error) return [stage.message];
    try {
      const { errors, warnings, services } = await stage.pass();
      return [...errors, ...warnings, ...services.flatMap(({ error }) => error ?? [])];
    } finally {
      await stage.close();
    }
  }
});

/** As `verb resource.group`. */
function rightsOf({ apiGroups, resources, verbs }: Rule): readonly string[] {
  return apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}.${group}`)));
}

type Proxy = { readonly url: string; readonly kubeconfig: string; readonly stop: () => Promise<void> };

/** Speaks to the API server as somebody of the group; production's client knows no groups to impersonate. */
async function startProxy(kubeconfig: string): Promise<Proxy> {
  const child = spawn("kubectl", ["--kubeconfig", kubeconfig, ...AS, "proxy", "--port=0"]);
  const url = `http://${await addressOf(child)}`;
  const file = `${kubeconfig}-proxied`;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "proxied", cluster: { server: url } }],
    users: [{ name: "reader", user: {} }],
    contexts: [{ name: "proxied", context: { cluster: "proxied", user: "reader" } }],
    "current-context": "proxied",
  };
  await writeFile(file, stringify(config));
  return {
    url,
    kubeconfig: file,
    stop: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout !== null)
    for await (const line of createInterface(stdout)) {
      const [, address] = /Starting to serve on (.*)/.exec(line) ?? [];
      if (address !== undefined) return address;
    }
  throw new Error("kubectl proxy did not start");
}

const CRDS = [
  ["appmesh.k8s.aws", "v1beta2", "VirtualNode", "virtualnodes", "Namespaced"],
  ["appmesh.k8s.aws", "v1beta2", "Mesh", "meshes", "Cluster"],
  ["multicluster.x-k8s.io", "v1alpha1", "ServiceExport", "serviceexports", "Namespaced"],
  ["about.k8s.io", "v1alpha1", "ClusterProperty", "clusterproperties", "Cluster"],
] as const;

function crd([group, version, kind, plural, scope]: (typeof CRDS)[number]): string {
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
}

const OBJECTS = `
apiVersion: v1
kind: Service
metadata:
  name: front
  namespace: ${NAMESPACE}
  annotations: { eks-cloudmap-sync/service: front }
spec: { selector: { app: front }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceExport
metadata: { name: front, namespace: ${NAMESPACE} }
`;
