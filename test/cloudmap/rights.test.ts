import { describe, expect, test } from "vitest";
import { createCalls } from "../../functions/cloudmap/calls.ts";
import { createAskRight } from "../../functions/cloudmap/rights.ts";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import type { RegistryOptions } from "../../functions/cloudmap/registry.ts";
import type { AskRight, Write } from "../../functions/core/rights.ts";
import { openClient, openCloudMap } from "../emulators/cloudmap/fixture.ts";
import { seedInstance, seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import type { Namespace } from "../emulators/cloudmap/state.ts";
import { SWITCH_SETTINGS } from "../emulators/cloudmap/switches.ts";
import type { Switches } from "../emulators/cloudmap/switches.ts";
import { readOf } from "./fixture.ts";

const INSTANCE_WRITES = ["RegisterInstance", "DeregisterInstance", "UpdateInstanceCustomHealthStatus"] as const;

/** Every kind of service there is, in a namespace of its type. */
const SERVICES: readonly (readonly [Namespace["type"], Parameters<typeof seedService>[2]])[] = [
  ["HTTP", {}],
  ["HTTP", { hasCustomHealth: true }],
  ["DNS_PRIVATE", { records: ["A"] }],
  ["DNS_PRIVATE", { records: ["A", "AAAA"], hasCustomHealth: true }],
  ["DNS_PRIVATE", { records: ["A"], isWeighted: true }],
  ["DNS_PUBLIC", { records: ["SRV"] }],
  ["DNS_PUBLIC", { records: ["CNAME"], isWeighted: true }],
];

describe.each(SWITCH_SETTINGS)("asked of a Cloud Map that is $name", ({ switches }) => {
  test.each(SERVICES)("no right that is there is found missing, and nothing changes: %s %o", async (type, given) => {
    const { world, asked, ask } = await openAsking({ switches, type, given });
    const before = stateOf(world);
    expect(await Promise.all(asked.map(ask))).toEqual(asked.map(() => undefined));
    expect(stateOf(world)).toEqual(before);
    expect(world.operations.size).toBe(0);
  });

  test.each(SERVICES)("every right that is missing is told, by AWS's words: %s %o", async (type, given) => {
    const { world, asked, ask } = await openAsking({ switches, type, given });
    for (const write of asked) {
      world.options.lacks = ({ operation, resource }) => operation === write.operation && resource === write.on.arn;
      const right = `servicediscovery:${write.operation}`;
      const words = expect.stringContaining(`is not authorized to perform: ${right} on resource: ${write.on.arn} `);
      expect(await ask(write)).toEqual({ right, words });
    }
  });
});

test("where services may not be tagged, that is the right that is missing", async () => {
  const { world, asked, ask } = await openAsking({ type: "HTTP" });
  world.options.lacks = ({ operation }) => operation === "TagResource";
  const answers = await Promise.all(asked.map(ask));
  expect(answers.flatMap((denial) => denial?.right ?? [])).toEqual(["servicediscovery:TagResource"]);
});

test("in a namespace of another account services may be made without tags", async () => {
  const { asked, ask } = await openAsking({ type: "DNS_PRIVATE", owner: "444455556666" });
  expect(await Promise.all(asked.map(ask))).toEqual(asked.map(() => undefined));
});

test("what AWS answers neither way is no right, and none that is missing", async () => {
  const { world, asked, ask } = await openAsking({ type: "HTTP" });
  world.options.fault = ({ operation }) =>
    operation === "RegisterInstance" ? { error: "InvalidSignatureException", message: "no", status: 400 } : undefined;
  await expect(Promise.all(asked.map(ask))).rejects.toThrow(
    /whether RegisterInstance is allowed on web could not be asked: no; renew the AWS credentials/,
  );
});

test("should AWS take what it must not, the error says how to take that back", async () => {
  const { options, asked } = await openAsking({ type: "HTTP" });
  const { client } = await openClient(() => Promise.resolve(Response.json({ OperationId: "op-1" })));
  const ask = askWith({ ...options, client });
  const answers = await Promise.allSettled(asked.map(ask));
  expect(answers.map((answer) => ("reason" in answer ? String(answer.reason) : answer.value))).toEqual([
    expect.stringMatching(
      /RegisterInstance on web was accepted, against .*: deregister instance eks-cloudmap-sync-asks$/,
    ),
    undefined,
    undefined,
    expect.stringMatching(
      /CreateService on shop\.local was accepted, against .*: delete service eks-cloudmap-sync-asks$/,
    ),
  ]);
});

async function openAsking({
  switches,
  type,
  given = {},
  owner,
}: {
  readonly switches?: Switches;
  readonly type: Namespace["type"];
  readonly given?: Parameters<typeof seedService>[2];
  readonly owner?: string;
}) {
  const { world, client } = await openCloudMap(switches === undefined ? {} : { switches });
  const seeded = seedNamespace(world, { type, ...(owner === undefined ? {} : { owner }) });
  seedInstance(world, seedService(world, seeded, given), "10.0.0.1");
  const options = {
    client,
    namespaces: [owner === undefined ? seeded.name : seeded.arn],
    owner: "me",
    services: { ttl: 60, customHealth: false, tags: {} },
    rates: {},
  };
  const { namespace, services } = await readOf(createRegistry(options));
  const [on] = services;
  if (on === undefined) throw new Error("there is no service");
  const asked: readonly Write[] = [
    ...INSTANCE_WRITES.map((operation) => ({ operation, on })),
    { operation: "CreateService", on: namespace },
  ];
  return { world, options, asked, ask: askWith(options) };
}

function askWith(options: RegistryOptions): AskRight {
  const { client, rates } = options;
  const calls = createCalls({ client, rates, onCall: () => {}, onThrottle: () => {}, now: Date.now });
  return createAskRight(calls, options);
}

/** Of what is there, all that a write could change. */
function stateOf(world: Awaited<ReturnType<typeof openCloudMap>>["world"]): unknown {
  return structuredClone(
    [...world.services.values()].map(({ id, instances, discovery }) => [id, instances, discovery]),
  );
}
