import { describe } from "vitest";
import { describeKubectl } from "../emulators/kubernetes/kubectl-contract.ts";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import { runKubectl } from "../support/kubectl.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

describe.skipIf(missing !== undefined)("kubectl with a real control plane", () => {
  describeKubectl(async () => {
    const { kubeconfig, stop } = await startControlPlane();
    return { kubectl: (args, input) => runKubectl(["--kubeconfig", kubeconfig, ...args], input), close: stop };
  });
});
