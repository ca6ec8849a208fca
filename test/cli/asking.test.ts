import { expect, test } from "vitest";
import { runReconcile } from "../../functions/cli/reconcile-command.ts";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";
import { openTerminal } from "../support/terminal.ts";

const ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/test";

test("on a terminal apply shows the plan and asks before it removes an instance", async () => {
  const { apply, kubernetes, writes } = await setUpTerminal();
  expect(await apply("never asked")).toMatchObject({ code: 0, questions: [] });
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  const before = writes().length;
  expect(await apply("n")).toMatchObject({ code: 1, questions: ["Apply this, and remove 1 instance? [y/N] "] });
  expect(writes()).toHaveLength(before);
  expect(await apply("y")).toMatchObject({ code: 0 });
  expect(writes().slice(before)).toEqual(["DeregisterInstance"]);
});

test("what the plan has warned of is not said again once somebody has agreed", async () => {
  const { apply, kubernetes, configure } = await setUpTerminal();
  await apply("");
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  await configure(
    SMALLEST.replace("mappings: [", "mappings: [{ service: api, pods: { namespace: shop, selector: app=api } }, "),
  );
  const { code, text } = await apply("y");
  expect(code).toBe(0);
  expect(text.match(/warning: mappings\[0\] chooses no pod/g)).toHaveLength(1);
});

test("apply --yes asks nothing", async () => {
  const { apply, kubernetes, writes } = await setUpTerminal();
  await apply("");
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  expect(await apply("n", { yes: true })).toMatchObject({ code: 0, questions: [] });
  expect(writes().at(-1)).toBe("DeregisterInstance");
});

test("on a terminal apply asks before it takes over what somebody else has registered", async () => {
  const { apply, cloudMap, namespace, writes, configure } = await setUpTerminal();
  await configure(`${SMALLEST}adopt: { appMesh: live }\n`);
  seedInstance(cloudMap, seedService(cloudMap, namespace), "10.0.0.1", {
    AWS_INSTANCE_IPV4: "10.0.0.1",
    "appmesh.k8s.aws/mesh": "shop",
    "k8s.io/namespace": "shop",
    "k8s.io/pod": "web-1",
  });
  const questions = ["Apply this, and take over 1 instance of others? [y/N] "];
  expect(await apply("n")).toMatchObject({ code: 1, questions });
  expect(writes()).toEqual([]);
  expect(await apply("y")).toMatchObject({ code: 0, questions });
  expect(writes()).toEqual(["RegisterInstance", "RegisterInstance"]);
});

test("where EKS does not vouch for the cluster, the first apply asks, and what it registers vouches from then on", async () => {
  const { apply, cloudMap, configure, run, serverUrl } = await setUpTerminal();
  await configure(SMALLEST.replace("owner: me", `owner: ${ARN}`));
  const doubt = `EKS does not say whether ${serverUrl}/ is the cluster of owner ${ARN}`;
  expect((await run("plan")).out).toContain(`warning: ${doubt}`);
  expect((await run("doctor")).out).toContain(`warning  owner: ${doubt}`);
  const questions = ["Apply this from this cluster? [y/N] "];
  expect(await apply("n")).toMatchObject({ code: 1, questions });
  expect(cloudMap.services.size).toBe(0);
  expect(await apply("y")).toMatchObject({ code: 0, questions });
  expect(await apply("never asked")).toMatchObject({ code: 0, questions: [] });
  expect((await run("plan")).out).not.toContain("EKS does not say");
});

test("without a terminal the first apply goes on, and warns", async () => {
  const { configure, run, cloudMap } = await setUpTerminal();
  await configure(SMALLEST.replace("owner: me", `owner: ${ARN}`));
  const { code, out } = await run("apply");
  expect(out).toMatch(/EKS does not say whether .*: check the context \(--context\)/);
  expect([code, [...cloudMap.services.values()][0]?.instances.size]).toEqual([0, 2]);
});

test("an owner's ARN of another account or region than Cloud Map's is a warning", async () => {
  const { configure, run } = await setUpTerminal();
  await configure(SMALLEST.replace("owner: me", `owner: ${ARN}`));
  const says =
    "of account 111122223333, region eu-west-1, and Cloud Map here is of account 123456789012, region eu-west-1: correct `owner`";
  for (const verb of ["plan", "doctor"]) expect((await run(verb)).out).toContain(says);
  await configure(SMALLEST.replace("owner: me", `owner: ${ARN.replace("111122223333", "123456789012")}`));
  expect((await run("plan")).out).not.toContain("Cloud Map here is of");
});

/** The command in this process, with somebody who answers. */
async function setUpTerminal() {
  const shop = await setUpCli();
  const { environment, config, kubeconfig } = shop;
  const apply = async (answer: string, more: { readonly yes?: boolean } = {}) => {
    const { terminal, questions, out, err } = openTerminal(environment, answer);
    const code = await runReconcile("apply", { config, kubeconfig, output: "table", ...more }, terminal);
    return { code, questions, text: err() + out() };
  };
  return { ...shop, apply };
}
