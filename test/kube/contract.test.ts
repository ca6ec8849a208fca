import { readFileSync } from "node:fs";
import { describe } from "vitest";
import { describeKubernetes } from "../kubernetes/contract.ts";
import { missingParts, startControlPlane } from "../support/control-plane.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

describe.skipIf(missing !== undefined)("with a real API server", () => {
  describeKubernetes(async () => {
    const { server, kubectl, compact, stop } = await startControlPlane();
    return {
      ...server,
      installVirtualNodes: async () => {
        await kubectl(["apply", "-f", "-"], readFileSync("test/support/manifests/crds.yaml", "utf8"));
        await kubectl(["wait", "--for=condition=established", "crd", "--all", "--timeout=60s"]);
      },
      compact,
      close: stop,
    };
  });
});
