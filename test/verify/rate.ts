import { ListInstancesCommand, RegisterInstanceCommand } from "@aws-sdk/client-servicediscovery";
import type { Question } from "./ask.ts";
import type { Service, Stage } from "./stage.ts";

/** Registrations that it may cost; more than the assumed burst, under which nothing is throttled. */
const MOST_REGISTRATIONS = 200;
const CONCURRENT = 32;

/** `burst`: how many were accepted before the first was throttled. */
type Measured = {
  readonly accepted: number;
  readonly throttled: number;
  readonly burst: number;
  readonly seconds: number;
};

/** Asks as fast as it gets answers, once for each rate, and no more than the budget. */
export const measureRate: Question["ask"] = async (stage) => {
  const single = { ...stage, client: stage.single };
  const service = await stage.createService([]);
  const measured = {
    RegisterInstance: await press(single, Math.min(stage.budget, MOST_REGISTRATIONS), (n) =>
      register(single, service, n),
    ),
    ListInstances: await press(single, stage.budget, () => listOnce(single, service)),
  };
  const entries = Object.entries(measured);
  const seen = entries.map(
    ([operation, { accepted, throttled, seconds }]) =>
      `${operation}: ${accepted} accepted, ${throttled} throttled in ${seconds.toFixed(1)} s`,
  );
  const limited = entries.filter(([, { throttled }]) => throttled > 0);
  return {
    seen: seen.join("; "),
    consequence: limited.length > 0 ? "lower `rates` to what was accepted a second" : "as assumed, or higher",
    settings: { rates: Object.fromEntries(limited.map(([operation, measure]) => [operation, rateOf(measure)])) },
  };
};

function rateOf({ accepted, burst, seconds }: Measured) {
  return { perSecond: Math.max(1, Math.round((accepted - burst) / seconds)), burst };
}

async function press({ now, signal }: Stage, budget: number, call: (n: number) => Promise<unknown>): Promise<Measured> {
  const begun = now();
  let [next, accepted, throttled, burst] = [0, 0, 0, 0];
  const work = async () => {
    while (next < budget) {
      signal.throwIfAborted();
      next += 1;
      try {
        await call(next);
        accepted += 1;
        if (throttled === 0) burst = accepted;
      } catch (error) {
        if (!(error instanceof Error) || !/^(Throttl|RequestLimitExceeded|TooManyRequests)/.test(error.name))
          throw error;
        throttled += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
  return { accepted, throttled, burst, seconds: Math.max(0.001, (now() - begun) / 1_000) };
}

async function register({ client, signal }: Stage, { id: ServiceId }: Service, n: number): Promise<void> {
  const Attributes = { AWS_INSTANCE_IPV4: `10.0.${n >> 8}.${n & 255}` };
  await client.send(new RegisterInstanceCommand({ ServiceId, InstanceId: `i${n}`, Attributes }), {
    abortSignal: signal,
  });
}

async function listOnce({ client, signal }: Stage, { id }: Service): Promise<void> {
  await client.send(new ListInstancesCommand({ ServiceId: id, MaxResults: 1 }), { abortSignal: signal });
}
