import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { seedInstance, seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import type { AccountCall } from "../emulators/account.ts";
import { openJudge } from "./judge.ts";
import type { PodList } from "./endpoint.ts";

const [FIRST, SECOND] = ["192.168.0.1", "192.168.0.2"];
const LIST = { caller: "watch", namespace: "shop", selector: "" };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a living pod's instance that a pass takes out is lost, once the EndpointSlices have caught up", () => {
  const { judge, ready, remove, catchUp, later } = open();
  ready.add(SECOND);
  later(5_000);
  remove(FIRST, 4_000);
  later(3_000);
  expect(judge.figures().lost).toEqual([]);
  expect(judge.differences()).toContain(`web ${FIRST} is not decided`);
  catchUp();
  later(200);
  expect(judge.figures().lost).toEqual([`web ${FIRST}`]);
  judge.stop();
});

test("a pod of which the EndpointSlices said too late that it goes was not lost", () => {
  const { judge, ready, remove, catchUp, later } = open([FIRST, SECOND]);
  later(5_000);
  remove(FIRST, 4_000);
  later(300);
  ready.delete(FIRST);
  later(3_000);
  catchUp();
  later(200);
  expect(judge.figures()).toMatchObject({ lost: [], emptied: [] });
  expect(judge.differences()).toEqual([]);
  judge.stop();
});

test("a service is emptied where the pass had listed pods when another was ready", () => {
  const { judge, ready, remove, catchUp, later } = open();
  ready.add(SECOND);
  later(200);
  ready.delete(FIRST);
  later(4_800);
  remove(FIRST, 4_000);
  later(2_000);
  catchUp();
  later(200);
  expect(judge.figures()).toMatchObject({ lost: [], emptied: ["web (1 ready)"] });
  judge.stop();
});

test("a pass that had listed pods before another was ready empties nothing by taking out the last", () => {
  const { judge, ready, remove, catchUp, later } = open();
  later(200);
  ready.delete(FIRST);
  later(800);
  ready.add(SECOND);
  later(9_000);
  remove(FIRST, 900);
  later(2_000);
  catchUp();
  later(200);
  expect(judge.figures()).toMatchObject({ lost: [], emptied: [] });
  judge.stop();
});

test("what an older pass of the same function may have taken out is the residual", () => {
  const { judge, ready, remove, catchUp, later } = open([FIRST, SECOND]);
  later(200);
  ready.delete(FIRST);
  later(9_800);
  ready.add(FIRST);
  later(5_000);
  remove(FIRST, 9_000, 14_000);
  later(2_000);
  catchUp();
  later(200);
  expect(judge.figures()).toMatchObject({ lost: [], emptied: [], residual: [`web ${FIRST}`] });
  judge.stop();
});

/** A service with an instance of each of these pods, which are ready. `later` lets time pass, which begins at 0. */
function open(pods: readonly string[] = [FIRST]) {
  const cloudMap = createCloudMap();
  const service = seedService(cloudMap, seedNamespace(cloudMap));
  for (const ip of pods) seedInstance(cloudMap, service, ip);
  const [calls, lists]: [AccountCall[], PodList[]] = [[], []];
  const ready = new Set(pods);
  let shownAt = 0;
  const witness = {
    readyOf: () => ready,
    living: () => ready,
    lag: () => 0,
    hasShown: (since: number) => shownAt > since,
    stop: () => {},
  };
  const judge = openJudge({ cloudMap, calls, lists }, witness, new Map([["web", "shop/web"]]));
  return {
    judge,
    ready,
    later: (milliseconds: number) => vi.advanceTimersByTime(milliseconds),
    catchUp: () => (shownAt = Date.now()),
    /** By a call of now; `listed`: when pods were listed before it. */
    remove: (ip: string, ...listed: readonly number[]) => {
      lists.push(...listed.map((at) => ({ ...LIST, at })));
      const call = {
        operation: "DeregisterInstance",
        at: Date.now(),
        input: { ServiceId: service.id, InstanceId: ip },
      };
      cloudMap.calls.push(call);
      calls.push({ ...call, caller: LIST.caller, service: "servicediscovery" });
      service.instances.delete(ip);
    },
  };
}
