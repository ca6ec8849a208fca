import { setTimeout as sleep } from "node:timers/promises";
import * as cloudMapModel from "@aws-sdk/client-servicediscovery";
import { AwsJsonError, awsJsonHandler, unknownOperation } from "../aws-json.ts";
import { BREAK_CONNECTION } from "../serve.ts";
import type { Handler } from "../serve.ts";
import { discoverOperations } from "./discover.ts";
import { healthOperations } from "./health.ts";
import type { CloudMapOperations } from "./input.ts";
import { instanceOperations } from "./instances.ts";
import { namespaceOperations } from "./namespaces.ts";
import { namespaceUpdates } from "./namespace-updates.ts";
import { operationOperations } from "./operations.ts";
import { createRateCheck } from "./rates.ts";
import { checkRights } from "./rights.ts";
import { settle } from "./running.ts";
import { serviceAttributeOperations } from "./service-attributes.ts";
import { serviceOperations } from "./services.ts";
import { tagOperations } from "./tags.ts";
import type { Call, CloudMapWorld } from "./world.ts";

const operations: CloudMapOperations = {
  ...namespaceOperations,
  ...namespaceUpdates,
  ...serviceOperations,
  ...serviceAttributeOperations,
  ...instanceOperations,
  ...healthOperations,
  ...operationOperations,
  ...discoverOperations,
  ...tagOperations,
};

/** AWS Cloud Map over `world`, for `serve`: control plane and data plane (`data-`) on one host, signatures unchecked. */
export function cloudMapHandler(world: CloudMapWorld): Handler {
  const checkRate = createRateCheck(world);
  const counts = new Map<string, number>();
  return awsJsonHandler(
    "Route53AutoNaming_v20170314",
    async (operation, input, signal) => {
      const call: Call = { operation, at: world.now(), input };
      world.calls.push(call);
      const count = (counts.get(operation) ?? 0) + 1;
      counts.set(operation, count);
      const { fault, latencyMs } = world.options;
      try {
        if (latencyMs > 0) await sleep(latencyMs, undefined, { signal });
        const befalls = fault?.({ operation, input, count });
        if (typeof befalls === "object")
          throw new AwsJsonError(befalls.error, befalls.message, {
            status: befalls.status,
            fields: befalls.fields ?? {},
          });
        if (befalls !== undefined) call.error = befalls;
        if (befalls === "break-connection") return BREAK_CONNECTION;
        const answer = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
        if (answer === undefined) throw unknownOperation();
        checkRate(operation);
        checkRights(world, operation, input);
        settle(world);
        const result = answer(world, input);
        settle(world);
        return befalls === "lose-answer" ? BREAK_CONNECTION : result;
      } catch (error) {
        call.error = error instanceof AwsJsonError ? error.code : String(error);
        throw error;
      }
    },
    cloudMapModel,
  );
}
