import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { setUpCli, SMALLEST } from "../support/cli.ts";

const ANNOTATED = (service: string) => `apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop, annotations: { eks-cloudmap-sync/service: ${JSON.stringify(service)} } }
spec: { selector: { app: api }, ports: [{ port: 80, targetPort: 8080 }] }
`;
const DOCUMENT = `${SMALLEST}sources: { services: true }\n`;

test("validate checks the document and what manifests claim, and asks neither a cluster nor AWS", async () => {
  const { runBare, config, folder, cloudMap } = await setUpCli({ document: DOCUMENT });
  const manifests = join(folder, "all.yaml");
  await writeFile(
    manifests,
    `${ANNOTATED("api")}---\nkind: Deployment\napiVersion: apps/v1\nmetadata: { name: api }\n`,
  );
  const { code, out } = await runBare("validate", "-f", config, manifests);
  expect(out).toContain("ok       service shop.local/api: claimed by Service shop/api");
  expect(out).toContain("ok       service shop.local/web: claimed by mappings[0]");
  expect([code, cloudMap.calls]).toEqual([0, []]);
});

test("validate warns of what manifests ask for in vain, and says what is meant", async () => {
  const { runBare, config, folder } = await setUpCli({ document: DOCUMENT });
  const manifests = join(folder, "all.yaml");
  await writeFile(
    manifests,
    ANNOTATED("api").replace("annotations: {", "annotations: { eks-cloudmap-sync/ports: http,"),
  );
  const { code, out } = await runBare("validate", "-f", config, manifests);
  expect(out.replaceAll(/\s+/g, " ")).toContain(
    "warning Service shop/api: nothing comes of the annotation eks-cloudmap-sync/ports, which this version does not know; did you mean eks-cloudmap-sync/port?",
  );
  expect(code).toBe(0);
});

test("validate fails a claim that may not be made, and manifests that cannot be read", async () => {
  const { runBare, config, folder } = await setUpCli({
    document: `${DOCUMENT}allow: [{ from: other, services: ["*"] }]\n`,
  });
  const manifests = join(folder, "all.yaml");
  await writeFile(manifests, ANNOTATED("api"));
  const denied = await runBare("validate", "-f", config, "-o", "json", manifests);
  expect(JSON.parse(denied.out)).toMatchObject({ ok: false });
  expect(denied.out).toContain("Kubernetes namespace shop may not claim it");
  expect(denied.code).toBe(1);
  const missing = await runBare("validate", "-f", config, join(folder, "nope.yaml"));
  expect(missing.err).toContain("cannot read the manifests of");
  expect(missing.code).toBe(1);
});
