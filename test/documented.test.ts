import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createProgram } from "../functions/cli/program.ts";
import { openStack } from "./cli/stack/shop.ts";
import { virtualNodesV1beta2 } from "./emulators/kubernetes/custom-resources.ts";
import { SHOP } from "./functions/shop.ts";
import { commandsIn, fencedIn, PAGES, RUNNERS } from "./support/documented.ts";
import { kubeconfigFor } from "./support/kubeconfig.ts";

/** What README and docs tell people to type. */

test("every fenced command of README and docs is run by a test", () => {
  const commands = PAGES.flatMap((page) => commandsIn(page));
  const runners = Object.values(RUNNERS);
  const unclaimed = commands.filter(({ text }) => runners.filter(({ runs }) => runs.test(text)).length !== 1);
  expect(commands.length).toBeGreaterThan(20);
  expect(unclaimed).toEqual([]);
  expect(runners.filter(({ file, by }) => !readFileSync(file, "utf8").includes(by))).toEqual([]);
});

test("every block that is no command says what it is", () => {
  const all = PAGES.flatMap((page) => fencedIn(page));
  expect(
    all.filter(({ language = "text" }) => !["text", "yaml", "json", "ts", "hcl", "dockerfile"].includes(language)),
  ).toEqual([]);
});

test.each(PAGES.filter((page) => commandsIn(page, RUNNERS.cli).length > 0))(
  "%s: its commands do what they say, one after the other",
  async (page) => {
    const commands = commandsIn(page, RUNNERS.cli);
    const files = ["README.md", page].flatMap((one) => fencedIn(one)).filter(({ file }) => file !== undefined);
    const { folder, runCli } = await openReader();
    for (const { at, text } of commands) {
      // What `init` writes is edited.
      if (!text.includes(" init "))
        for (const { file = "", text: content } of files) writeFileSync(join(folder, file), content);
      expect({ at, text, ...(await runCli(text)) }).toMatchObject({ code: 0 });
    }
  },
);

/** Somebody in a folder of their own, with the cluster and the account that the pages speak of, and the stack deployed as the README does. */
async function openReader() {
  const { shop, environment, sit } = await openStack();
  shop.configure({ ...SHOP, policy: "dry-run" });
  const [deployed] = shop.cloudFormation.stacks.values();
  if (deployed !== undefined) shop.cloudFormation.stacks.set("eks-cloudmap-sync-prod", deployed);
  shop.kubernetes.serve(virtualNodesV1beta2);
  const folder = mkdtempSync(join(tmpdir(), "documented-"));
  mkdirSync(join(folder, "k8s"));
  writeFileSync(join(folder, "k8s/web.yaml"), WEB);
  const { arn } = shop.eks.clusters.get("prod") ?? {};
  writeFileSync(join(folder, "kubeconfig"), kubeconfigFor(shop.url, {}, { name: arn ?? "" }));
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    runCli: async (command: string) => {
      const { terminal, out, err, stop } = sit("y", "y");
      const args = wordsOf(command.replace(RUNNERS.cli.runs, ""));
      let code = 0;
      const known = { ...terminal, environment: { ...environment, KUBECONFIG: join(folder, "kubeconfig") } };
      const ended = createProgram(known, (end) => (code = end)).parseAsync(args, { from: "user" });
      if (args.includes("--follow")) {
        await vi.waitUntil(() => out().includes("pass ended"), 10_000);
        stop();
      }
      await ended;
      return { code, out: out(), err: err() };
    },
  };
}

const NAMES: Readonly<Record<string, string>> = { POD: "shop/web-1", NAME: "sync", "k8s/*.yaml": "k8s/web.yaml" };

function wordsOf(command: string): readonly string[] {
  return command.split(/\s+/).map((word) => NAMES[word] ?? word);
}

const WEB = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop, annotations: { eks-cloudmap-sync/service: web } }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;
