import { AwsJsonError } from "../aws-json.ts";
import type { CloudMapWorld } from "./world.ts";

/** Throws what AWS throws for a call that its operation's token bucket has no token for. */
export type CheckRate = (operation: string) => void;

export function createRateCheck(world: CloudMapWorld): CheckRate {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (operation) => {
    const rate = world.options.rates[operation];
    if (rate === undefined) return;
    const now = world.now();
    const { tokens, at } = buckets.get(operation) ?? { tokens: rate.burst, at: now };
    const filled = Math.min(rate.burst, tokens + ((now - at) / 1_000) * rate.perSecond);
    buckets.set(operation, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
    if (filled < 1) throw throttled(operation);
  };
}

/** The data plane has an error of its own in the model, the control plane answers as AWS does everywhere. */
function throttled(operation: string): AwsJsonError {
  return operation.startsWith("Discover")
    ? new AwsJsonError("RequestLimitExceeded", "The quota of requests is reached")
    : new AwsJsonError("ThrottlingException", "Rate exceeded");
}
