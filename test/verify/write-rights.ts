import type { Calls } from "../../functions/cloudmap/calls.ts";
import { createAskRight } from "../../functions/cloudmap/rights.ts";
import type { Service as CloudMapService } from "../../functions/core/model.ts";
import type { AskRight, Write } from "../../functions/core/rights.ts";
import { FINE } from "./ask.ts";
import type { Answer } from "./ask.ts";
import type { Account, Stage } from "./stage.ts";

/** Whether `doctor` learns of missing rights to write, and changes nothing while it asks. */
export async function askWriteRights(stage: Stage): Promise<Answer> {
  const { client, less, namespace } = stage;
  const service = await stage.createService([], { hasHealth: true });
  const held = { ...namespace, arn: namespace.id, type: "HTTP" } as const;
  const on: CloudMapService = {
    ...service,
    namespace: held,
    arn: service.id,
    records: [],
    health: "custom",
    ttl: undefined,
    instanceCount: 0,
  };
  const writes: readonly Write[] = [
    ...(["RegisterInstance", "DeregisterInstance", "UpdateInstanceCustomHealthStatus"] as const).map((operation) => ({
      operation,
      on,
    })),
    { operation: "CreateService", on: held },
  ];
  const lacking = await lackedOf(createAsk(client, stage), writes);
  const left = (await stage.list(service)).length;
  const seen = `with the rights: ${lacking} of ${writes.length} denied, ${left} instances left behind`;
  if (left > 0) return { seen, consequence: "`doctor` registers what it asks about: do not run it" };
  if (less === undefined)
    return { seen: `${seen}; --less-profile names no identity without them`, consequence: "open" };
  const missed = writes.length - (await lackedOf(createAsk(less, stage), writes));
  const isAssumed = lacking === 0 && missed === 0;
  return {
    seen: `${seen}; without them: ${missed} of ${writes.length} not denied`,
    consequence: isAssumed ? FINE : "`doctor` says that rights are there which are missing, or the other way round",
  };
}

function createAsk(client: Account["client"], { namespace, now }: Stage): AskRight {
  const services = { ttl: 60, customHealth: false, tags: {} };
  const calls: Calls = { client, now, send: (_operation, call) => call(client), nextPlace: () => 0 };
  return createAskRight(calls, { namespaces: [namespace.id], owner: "verify", services });
}

async function lackedOf(ask: AskRight, writes: readonly Write[]): Promise<number> {
  const answers = await Promise.all(writes.map(ask));
  return answers.filter((denial) => denial !== undefined).length;
}
