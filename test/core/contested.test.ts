import { describe, expect, test } from "vitest";
import { createHistory } from "../../functions/core/history.ts";
import type { Pod } from "../../functions/core/model.ts";
import { instance, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";
import { memoryRegistry } from "../support/memory-world.ts";

/** Two documents that write as one owner: each removes what the other registers. */

const MINUTE = 60_000;
const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const strayed = pod({ name: "web-2", ip: "10.0.0.2", labels: { app: "other" } });
const theirs = instance({ id: "10.0.0.2", pod: "web-2", attributes: { app: "other" } });

describe("a living pod's instance that somebody registers again as this owner", () => {
  test("is removed twice within an hour, and is then held, whatever its number", async () => {
    const play = fight();
    expect(await play(0)).toBe("removed");
    expect(await play(10)).toBe("removed");
    expect(await play(20)).toBe("contested");
    expect(await play(30)).toBe("contested");
  });

  test("is held with what to do, and no failure", async () => {
    const play = fight();
    await play(0);
    await play(10);
    const { report } = await play.pass(20);
    expect(report.ok).toBe(true);
    expect(report.services[0]?.held[0]?.remedy).toMatch(/twice within an hour.*`part`/);
  });

  test("is removed where the hour has passed", async () => {
    const play = fight();
    expect([await play(0), await play(10), await play(75)]).toEqual(["removed", "removed", "removed"]);
  });

  test("is removed when forced", async () => {
    const play = fight();
    await play(0);
    await play(10);
    expect(await play(20, { force: true })).toBe("removed");
  });

  test("is removed where a pass in between chose the pod: that it came back is no wonder", async () => {
    const play = fight();
    await play(0);
    await play(10);
    await play(15, {}, { ...strayed, labels: { app: "web" } });
    expect(await play(20)).toBe("removed");
  });

  test("is forgotten after a sweep that does not find it", async () => {
    const play = fight();
    await play(0);
    await play(10);
    expect(await play(20)).toBe("contested");
    await play.quiet(25);
    expect(await play(30)).toBe("removed");
  });

  test("is not forgotten after a pass that is no sweep", async () => {
    const play = fight();
    await play(0);
    await play(10);
    expect(await play(20)).toBe("contested");
    await play.quiet(25, { sweep: false });
    expect(await play(30)).toBe("contested");
  });
});

test("pods that are gone are never contested", async () => {
  const history = createHistory();
  for (const minute of [0, 1, 2, 3]) {
    const registry = memoryRegistry({ web: [instance(), theirs] });
    const { report } = await pass({ pods: [web1], registry, hooks: { history, now: () => minute * MINUTE } });
    expect(report.services[0]?.changes).toMatchObject([{ id: "10.0.0.2", reason: "pod-gone" }]);
  }
});

test("another process, which remembers nothing, removes it", async () => {
  const play = fight();
  await play(0);
  await play(10);
  expect(await fight()(20)).toBe("removed");
});

/** Passes of one process; before each of them the other document has registered its instance again. */
function fight() {
  const history = createHistory();
  const run = (minute: number, request: object, other: Pod, instances: readonly ReturnType<typeof instance>[]) =>
    pass({
      pods: [web1, other],
      registry: memoryRegistry({ web: instances }),
      request,
      hooks: { history, now: () => minute * MINUTE },
    });
  const again = (minute: number, request: object = {}, other = strayed) =>
    run(minute, request, other, [instance(), theirs]);
  const play = async (minute: number, request: object = {}, other = strayed): Promise<string> => {
    const { report, registry } = await again(minute, request, other);
    return registry.get("web")?.has("10.0.0.2") === false
      ? "removed"
      : (report.services[0]?.held[0]?.reason ?? "stays");
  };
  /** The other document has stopped. */
  const quiet = (minute: number, request: object = {}) => run(minute, request, strayed, [instance()]);
  return Object.assign(play, { pass: again, quiet });
}
