import type { AccountCall } from "../emulators/account.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import type { PodList } from "./endpoint.ts";

/** What a deployment did, as it was seen by those who answered it. */
export type Acts = {
  readonly cloudMap: CloudMapWorld;
  /** Every call of AWS's, the oldest first. */
  readonly calls: readonly AccountCall[];
  readonly lists: readonly PodList[];
};

/**
 * What the pass that took an instance out could know: when the function that called had listed these pods for the last time, in
 * milliseconds since the epoch; undefined where nothing is known of a call. `name`: the service of Cloud Map; `service`: the cluster's.
 */
export function knownAt(
  { cloudMap, calls, lists }: Acts,
  name: string,
  service: string,
  ip: string,
): number | undefined {
  const id = [...cloudMap.services.values()].find((one) => one.name === name)?.id;
  const isIt = ({ operation, input }: Pick<AccountCall, "operation" | "input">) =>
    operation === "DeregisterInstance" && input["ServiceId"] === id && input["InstanceId"] === ip;
  const removal = cloudMap.calls.findLast((call) => isIt(call) && call.error === undefined);
  if (removal === undefined) return undefined;
  const caller = calls.findLast((call) => call.at <= removal.at && isIt(call))?.caller;
  const [namespace, app] = service.split("/");
  const list = lists.findLast(
    (one) =>
      one.caller === caller &&
      one.at <= removal.at &&
      (one.namespace ?? namespace) === namespace &&
      (one.selector === "" || one.selector.includes(`app=${app}`)),
  );
  return list?.at ?? removal.at;
}
