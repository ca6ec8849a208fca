import { expect, test } from "vitest";
import { serviceExports } from "../../functions/mappings/service-exports.ts";
import { virtualNodes } from "../../functions/mappings/virtual-nodes.ts";
import { kubeObject, listing, serviceObject } from "./objects.ts";
import type { Served } from "./objects.ts";

const ASKING = { annotations: { "eks-cloudmap-sync/address": "node" } };
const CONTENT = { name: "content", annotations: { "eks-cloudmap-sync/address": "pod" } };
const SILENT = { name: "silent" };

const ALL = [ofKind(ASKING), ofKind(CONTENT), ofKind(SILENT)];

test.each([
  ["VirtualNode", virtualNodes, { virtualnodes: { version: "v1beta2", objects: ALL } }],
  ["VirtualNode", virtualNodes, { virtualnodes: { version: "v1beta1", objects: ALL } }],
  [
    "ServiceExport",
    serviceExports,
    {
      serviceexports: { version: "v1alpha1", objects: ALL },
      services: { version: "v1", objects: [serviceObject()] },
    },
  ],
] as const)(
  "a %s that asks for another address than its pods' own is doubted",
  async (kind, source, served: Served) => {
    const read = await source.read(listing(served));
    expect(read).toMatchObject({
      doubts: [
        {
          from: "shop",
          object: `${kind} shop/web`,
          problem: expect.stringMatching(
            /eks-cloudmap-sync\/address: .* at the pods' own addresses; annotate a Service/,
          ),
        },
      ],
    });
  },
);

function ofKind(metadata: object) {
  return kubeObject("web", {}, { ...metadata });
}
