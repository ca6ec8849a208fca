import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import "./matchers.ts";
import { parseAllDocuments } from "yaml";
import { NARROW, synth } from "./stack.ts";

type Manifest = {
  readonly kind: string;
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
};

const text = readFileSync(join(import.meta.dirname, "../../infra/rbac.yaml"), "utf8");
const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
const rules = manifests.flatMap((manifest) => manifest.rules ?? []);

test("the manifest lets nothing be written, and no pod but watched", () => {
  expect(rules.length).toBeGreaterThan(5);
  for (const { resources, verbs } of rules)
    expect(verbs).toEqual(resources.includes("pods") ? ["list", "watch"] : ["list"]);
});

test("it reads what the sources list, and neither secrets nor config maps", () => {
  expect(rules.flatMap(({ resources }) => resources).toSorted()).toEqual([
    "clusterproperties",
    "meshes",
    "namespaces",
    "nodes",
    "pods",
    "serviceexports",
    "services",
    "virtualnodes",
  ]);
});

test("its group is the one that access entries give", () => {
  const [group] = manifests.flatMap(({ subjects = [] }) => subjects);
  expect(synth({ ...NARROW, access: "rbac" })).toHaveEvery("AWS::EKS::AccessEntry", {
    KubernetesGroups: [group?.name],
  });
});
