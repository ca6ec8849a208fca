import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CloudMapSync } from "../../infra/cloud-map-sync.ts";
import "./matchers.ts";
import { synth } from "./stack.ts";

const DOCUMENT = `cluster: prod
namespaces: [shop.local]
mappings: [{ service: web, pods: { namespace: shop } }]
`;

test("the construct takes the file that the command line checks, and stores it without its cluster", () => {
  const template = synth({ ...CloudMapSync.propsFromFile(fileWith(DOCUMENT)), services: "tagged" });
  expect(template).toHaveOne("AWS::SSM::Parameter", {
    Value: '{"namespaces":["shop.local"],"mappings":[{"service":"web","pods":{"namespace":"shop"}}]}',
  });
});

test.each([
  [`${DOCUMENT}policy: sink\n`, "write sync, upsert-only or dry-run"],
  [DOCUMENT.replace("cluster: prod\n", ""), "cluster: is missing"],
])("a file that is wrong is refused with everything that is: %#", (text, message) => {
  expect(() => CloudMapSync.propsFromFile(fileWith(text))).toThrow(message);
});

test("a file that is not there is refused by its name", () => {
  expect(() => CloudMapSync.propsFromFile("none.yaml")).toThrow("the configuration none.yaml cannot be read");
});

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "document-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "sync.yaml");
  writeFileSync(file, text);
  return file;
}
