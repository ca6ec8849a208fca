import { describe } from "vitest";
import { virtualNodesV1beta2 } from "../emulators/kubernetes/custom-resources.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";
import { describeKubernetes } from "./contract.ts";

describe("with the emulated API server", () => {
  describeKubernetes(async () => {
    const world = createKubernetes({ tokens: { secret: "admin" }, forbid: ({ user }) => user === "nobody" });
    const server = await serve(kubernetesHandler(world));
    return {
      url: server.url,
      token: "secret",
      installVirtualNodes: () => Promise.resolve(world.serve(virtualNodesV1beta2)),
      compact: () => Promise.resolve(world.compact()),
      close: server.close,
    };
  });
});
