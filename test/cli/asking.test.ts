import { expect, test } from "vitest";
import { runReconcile } from "../../functions/cli/reconcile-command.ts";
import { setUpCli } from "../support/cli.ts";
import { openTerminal } from "../support/terminal.ts";

test("on a terminal apply shows the plan and asks before it removes an instance", async () => {
  const { apply, kubernetes, writes } = await setUpTerminal();
  expect(await apply("never asked")).toEqual({ code: 0, questions: [] });
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  const before = writes().length;
  expect(await apply("n")).toEqual({ code: 1, questions: ["Apply this, and remove 1 instance? [y/N] "] });
  expect(writes()).toHaveLength(before);
  expect(await apply("y")).toMatchObject({ code: 0 });
  expect(writes().slice(before)).toEqual(["DeregisterInstance"]);
});

test("apply --yes asks nothing", async () => {
  const { apply, kubernetes, writes } = await setUpTerminal();
  await apply("");
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  expect(await apply("n", { yes: true })).toEqual({ code: 0, questions: [] });
  expect(writes().at(-1)).toBe("DeregisterInstance");
});

/** The command in this process, with somebody who answers. */
async function setUpTerminal() {
  const shop = await setUpCli();
  const { environment, config, kubeconfig } = shop;
  const apply = async (answer: string, more: { readonly yes?: boolean } = {}) => {
    const { terminal, questions } = openTerminal(environment, answer);
    const code = await runReconcile("apply", { config, kubeconfig, output: "table", ...more }, terminal);
    return { code, questions };
  };
  return { ...shop, apply };
}
