import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findEksCluster } from "../../functions/kubernetes/kubeconfig/eks-cluster.ts";

const ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const aws = (...args: readonly string[]) => ({ exec: { apiVersion: "v1", command: "/usr/bin/aws", args } });

/** What `clusterName` and the user's entry say of the cluster, in a context with an alias. */
async function clusterOf(clusterName: string, user: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "config");
  const kubeconfig = {
    "current-context": "alias",
    contexts: [{ name: "alias", context: { cluster: clusterName, user: "somebody" } }],
    clusters: [{ name: clusterName, cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "somebody", user }],
  };
  await writeFile(file, JSON.stringify(kubeconfig));
  return findEksCluster({ file }, {})?.cluster;
}

test.each([
  ["update-kubeconfig's ARN", ARN, {}, "prod"],
  ["the ARN of a partition", "arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/prod", {}, "prod"],
  ["the arguments of aws", "c", aws("--region", "eu-west-1", "eks", "get-token", "--cluster-name", "prod"), "prod"],
  ["the same with =", "c", aws("eks", "get-token", "--cluster-name=prod", "--output", "json"), "prod"],
  [
    "those of aws-iam-authenticator",
    "c",
    { exec: { apiVersion: "v1", command: "aws-iam-authenticator", args: ["token", "-i", "prod"] } },
    "prod",
  ],
  ["eksctl's name", "prod.eu-west-1.eksctl.io", {}, "prod"],
  ["both, agreeing", ARN, aws("eks", "get-token", "--cluster-name", "prod"), "prod"],
])("a context says the EKS cluster by %s", async (_how, name, user, cluster) => {
  expect(await clusterOf(name, user)).toBe(cluster);
});

test.each([
  ["says nothing", "kind-kind", {}],
  ["says two", ARN, aws("eks", "get-token", "--cluster-name", "staging")],
  ["uses another program", "c", { exec: { apiVersion: "v1", command: "gke", args: ["--cluster-name", "prod"] } }],
  ["names an Outpost's id", "c", aws("eks", "get-token", "--cluster-id", "prod")],
])("a context that %s leaves it open", async (_what, name, user) => {
  expect(await clusterOf(name, user)).toBeUndefined();
});
