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

/** When the pass that took an instance out listed these pods, in milliseconds since the epoch. */
export type Listed = {
  /** At the latest: when the function that called had listed them for the last time. */
  readonly latest: number;
  /** At the earliest, where passes of that function overlapped: a removal is sent at most 20 s after its list began. */
  readonly earliest: number;
};

/** As docs/reliability.md promises it, in milliseconds. */
const OLDEST_LIST = 20_000;

/** Undefined where nothing is known of a call. `name`: the service of Cloud Map; `service`: the cluster's. */
export function listedFor(
  { cloudMap, calls, lists }: Acts,
  name: string,
  service: string,
  ip: string,
): Listed | undefined {
  const id = [...cloudMap.services.values()].find((one) => one.name === name)?.id;
  const isIt = ({ operation, input }: Pick<AccountCall, "operation" | "input">) =>
    operation === "DeregisterInstance" && input["ServiceId"] === id && input["InstanceId"] === ip;
  const removal = cloudMap.calls.findLast((call) => isIt(call) && call.error === undefined);
  if (removal === undefined) return undefined;
  const caller = calls.findLast((call) => call.at <= removal.at && isIt(call))?.caller;
  const [namespace, app] = service.split("/");
  const mayBeIt = (one: PodList) =>
    one.caller === caller &&
    one.at <= removal.at &&
    (one.namespace ?? namespace) === namespace &&
    (one.selector === "" || one.selector.includes(`app=${app}`));
  const latest = lists.findLast(mayBeIt)?.at ?? removal.at;
  const first = lists.find((one) => one.at >= removal.at - OLDEST_LIST && mayBeIt(one));
  return { latest, earliest: Math.min(latest, first?.at ?? latest) };
}
