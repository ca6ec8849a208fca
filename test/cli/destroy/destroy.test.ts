import { expect, test } from "vitest";
import { runDestroy } from "../../../functions/cli/destroy/destroy-command.ts";
import type { DestroyOptions } from "../../../functions/cli/destroy/destroy-command.ts";
import { runReconcile } from "../../../functions/cli/reconcile-command.ts";
import { seedInstance, seedService } from "../../emulators/cloudmap/seed.ts";
import { registered, SHOP, writesOf } from "../../functions/shop.ts";
import { setUpCli } from "../../support/cli.ts";
import { openTerminal } from "../../support/terminal.ts";
import { openStack } from "../stack/shop.ts";

const OWNER = "arn:aws:eks:us-west-2:111122223333:cluster/prod";
const OURS = ["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2"];
const POD = { "k8s.io/namespace": "shop", "k8s.io/pod": "old-1" };

test("destroy removes every instance of this owner, also where no mapping names the service, and nobody else's", async () => {
  const { shop, destroy, seedOld } = await openRegistered();
  seedOld("ours", { ...POD, "eks-cloudmap-sync/owner": OWNER, "eks-cloudmap-sync/cluster": "an-older-one" });
  seedOld("part", { ...POD, "eks-cloudmap-sync/owner": `${OWNER}/blue`, "eks-cloudmap-sync/cluster": "x" });
  seedOld("mesh", { ...POD, "appmesh.k8s.aws/mesh": "shop" });
  seedOld("by-hand", {});
  const { code, out } = await destroy({ yes: true });
  expect(registered(shop)).toEqual(["old by-hand", "old mesh", "old part"]);
  expect(out).toContain("Destroyed: 0 created, 0 updated, 4 removed.");
  expect(out).toContain(
    "\nLeft in Cloud Map:\n  shop.local/api: empty, made by this owner; --delete-services deletes it\n",
  );
  expect(out).toContain("\n1 service of others in the same namespaces, untouched.\n");
  expect(code).toBe(0);
  expect(out).toContain("Mappings and policy are ignored: every instance of this owner is removed.\n");
  expect(out).toContain("- removed 10.0.1.1 (backend/api-1): destroy takes all of this owner\n");
  const before = writesOf(shop).length;
  const again = await destroy({ yes: true });
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining("\nNothing to remove.\n") });
  expect(writesOf(shop)).toHaveLength(before);
});

test("it warns of functions that would register again what goes, unless they write nothing", async () => {
  const { shop, destroy } = await openRegistered();
  expect((await destroy({ dryRun: true })).err).toContain(
    "functions keep cluster prod in sync by /sync/configuration, and register again what goes; destroy with --stack",
  );
  shop.configure({ ...SHOP, policy: "dry-run" });
  expect((await destroy({ dryRun: true })).err).toBe("");
});

test("what the document holds back or would take over has no say in it", async () => {
  const { shop, destroy, seedOld } = await openRegistered();
  seedOld("previous", { ...POD, "eks-cloudmap-sync/owner": "before", "eks-cloudmap-sync/cluster": "x" });
  seedOld("mesh", { ...POD, "appmesh.k8s.aws/mesh": "shop" });
  const document = { policy: "dry-run", previousOwners: ["before"], adopt: { appMesh: "exclusive" } };
  expect(await destroy({ yes: true }, { ...SHOP, ...document })).toMatchObject({ code: 0 });
  expect(registered(shop)).toEqual(["old mesh", "old previous"]);
});

test("on a terminal it shows what would go and asks first; without one it needs --yes", async () => {
  const { shop, destroy } = await openRegistered();
  const before = writesOf(shop).length;
  await expect(destroy({})).rejects.toThrow("where nobody can be asked, add --yes");
  const no = await destroy({}, SHOP, "n");
  expect(no.questions).toEqual([`Remove all 3 instances of ${OWNER}? [y/N] `]);
  expect(no).toMatchObject({ code: 1, out: "" });
  expect(no.err).toMatch(/`destroy` would make these 3\s+changes\./);
  expect(await destroy({ dryRun: true })).toMatchObject({ code: 0 });
  expect([writesOf(shop).length, registered(shop)]).toEqual([before, OURS]);
  expect(await destroy({}, SHOP, "y")).toMatchObject({ code: 0 });
  expect(registered(shop)).toEqual([]);
});

test("--delete-services deletes the services that this owner made, and no other", async () => {
  const { shop, destroy } = await openRegistered();
  seedService(shop.cloudMap, shop.namespace, { name: "by-hand" });
  const { code, out } = await destroy({ yes: true, deleteServices: true });
  expect([...shop.cloudMap.services.values()].map(({ name }) => name)).toEqual(["by-hand"]);
  expect(out).toContain("- deleted this service: empty, and claimed by nobody");
  expect(out).toContain("Left in Cloud Map: nothing of this owner.");
  expect(code).toBe(0);
});

test("where EKS knows no such cluster any more, what the owner's ARN left behind goes", async () => {
  const { shop, destroy } = await openRegistered();
  shop.eks.clusters.clear();
  const { code, out } = await destroy({ yes: true, output: "json" });
  expect(JSON.parse(out)).toMatchObject({ about: { server: "none: the cluster is gone", owner: OWNER }, ok: true });
  expect([code, registered(shop)]).toEqual([0, []]);
});

test("another account's cluster is not taken for gone because EKS knows none of that name here", async () => {
  const { shop, destroy, seedOld } = await openRegistered();
  const elsewhere = "arn:aws:eks:us-west-2:999988887777:cluster/prod";
  seedOld("theirs", { ...POD, "eks-cloudmap-sync/owner": elsewhere, "eks-cloudmap-sync/cluster": "x" });
  shop.eks.clusters.clear();
  await expect(destroy({ yes: true }, { ...SHOP, owner: elsewhere })).rejects.toThrow(
    /use the AWS account and region that it was in, or --cluster-uid/,
  );
  expect(registered(shop)).toContain("old theirs");
});

test("while EKS does not say whether the cluster is gone, nothing is changed", async () => {
  const { shop, destroy } = await openRegistered();
  shop.eks.failure = { status: 403, code: "AccessDeniedException", message: "no" };
  await expect(destroy({ yes: true })).rejects.toThrow("grant eks:DescribeCluster on it");
  shop.eks.failure = undefined;
  await expect(destroy({ yes: true, clusterUid: "some-uid" })).rejects.toThrow(
    /EKS cluster prod is there .*; leave --cluster-uid away/,
  );
  expect(registered(shop)).toEqual(OURS);
});

test("--cluster-uid stands for a cluster that nothing answers for: what it registered goes, and another's stays", async () => {
  const { shop, destroy, seedOld } = await openRegistered();
  const mine = { ...POD, "eks-cloudmap-sync/owner": "team", "eks-cloudmap-sync/cluster": "uid-1" };
  seedOld("mine", mine);
  seedOld("other-cluster", { ...mine, "eks-cloudmap-sync/cluster": "uid-2" });
  const document = { ...SHOP, owner: "team" };
  shop.eks.clusters.clear();
  await expect(destroy({ yes: true }, document)).rejects.toThrow("say which cluster is gone with --cluster-uid");
  const { code, err } = await destroy({ yes: true, clusterUid: "uid-1" }, document);
  expect(registered(shop)).toEqual([OURS[0], "old other-cluster", ...OURS.slice(1)]);
  // Of this owner as well: somebody has to know.
  expect(err).toContain(
    "1 instance of this owner left, of cluster uid-2: run destroy in its context (--context), or where it is gone with --cluster-uid uid-2\n",
  );
  expect(code).toBe(1);
});

test("in a wrong context, which is what another cluster's instances look like, nothing goes", async () => {
  const { cloudMap, namespace, environment, config, kubeconfig, writes } = await setUpCli();
  const service = seedService(cloudMap, namespace);
  const owned = { ...POD, "eks-cloudmap-sync/owner": "me", "eks-cloudmap-sync/cluster": "another" };
  seedInstance(cloudMap, service, "10.0.0.1", { AWS_INSTANCE_IPV4: "10.0.0.1", ...owned });
  const { terminal, err, out } = openTerminal(environment);
  expect(await runDestroy({ config, kubeconfig, output: "table", yes: true }, terminal)).toBe(1);
  expect(err()).toBe(
    "1 instance of this owner left, of cluster another: run destroy in its context (--context), or where it is gone with --cluster-uid another\n",
  );
  expect(out()).toMatch(/; check the UID \(--cluster-uid\), or the context \(--context\)\n/);
  expect(writes()).toEqual([]);
});

test("interrupted, it says how much it has removed", async () => {
  const { destroy } = await openRegistered();
  const { interrupted } = await destroy({ yes: true });
  expect(interrupted).toBe(
    "interrupted: 3 of 3 changes sent to Cloud Map, 3 of them confirmed; what was sent takes effect; run destroy again to remove the rest",
  );
});

test("what cannot be removed is a failure, and another run completes it", async () => {
  const { shop, destroy } = await openRegistered();
  shop.cloudMap.options.fault = ({ operation, input }) =>
    operation === "DeregisterInstance" && input["InstanceId"] === "10.0.1.1"
      ? { error: "AccessDeniedException", message: "no", status: 400 }
      : undefined;
  const failed = await destroy({ yes: true });
  expect(failed.out).toContain("shop.local/api: 1 instance of this owner; the service was made by this owner");
  expect([failed.code, registered(shop)]).toEqual([1, OURS.slice(0, 1)]);
  shop.cloudMap.options.fault = undefined;
  expect(await destroy({ yes: true })).toMatchObject({ code: 0 });
  expect(registered(shop)).toEqual([]);
});

test("what cannot be read at last is not taken for empty", async () => {
  const { shop, destroy } = await openRegistered();
  let lists = 0;
  shop.cloudMap.options.fault = ({ operation }) => {
    if (operation !== "ListServices") return undefined;
    lists += 1;
    return lists === 1 ? undefined : { error: "AccessDeniedException", message: "no", status: 400 };
  };
  const { code, out } = await destroy({ yes: true });
  expect(registered(shop)).toEqual([]);
  expect(out).toContain("the services of namespace shop.local could not be listed");
  expect(code).toBe(1);
});

/** The shop with everything registered, and `destroy` with a document on standard input. */
async function openRegistered() {
  const stack = await openStack();
  const { shop, sit } = stack;
  await runReconcile("apply", { stack: "sync", output: "table" }, sit().terminal);
  let old: ReturnType<typeof seedService> | undefined;
  return {
    ...stack,
    seedOld: (id: string, attributes: Readonly<Record<string, string>>) => {
      old ??= seedService(shop.cloudMap, shop.namespace, { name: "old" });
      seedInstance(shop.cloudMap, old, id, { AWS_INSTANCE_IPV4: "10.9.9.9", ...attributes });
    },
    destroy: async (options: Partial<DestroyOptions>, document: object = SHOP, ...answers: readonly string[]) => {
      const { terminal, out, err, questions, interrupted } = sit(...answers);
      const input = () => Promise.resolve(JSON.stringify({ cluster: "prod", ...document }));
      const code = await runDestroy({ config: "-", output: "table", ...options }, { ...terminal, input });
      return { code, out: out(), err: err(), questions, interrupted: interrupted() };
    },
  };
}
