import { expect, test } from "vitest";
import { createKnownPods, sightingOf } from "../../functions/kubernetes/known-pods.ts";
import type { SeenPod } from "../../functions/kubernetes/known-pods.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";

const vast = (value: string) => {
  const labels = Object.fromEntries(Array.from({ length: 2_500 }, (_, n) => [`team-${n}`.padEnd(40, "x"), value]));
  return sightingOf(podObject({ name: "web", labels }), false);
};

test("of a pod of very many labels it is kept that they changed, and not what they are", () => {
  const seen: (readonly SeenPod[])[] = [];
  const known = createKnownPods((change) => seen.push(change.seen));
  known.seeAll([vast("a")]);
  known.see(vast("a"));
  expect(seen).toEqual([]);
  known.see(vast("b"));
  expect(seen).toMatchObject([
    [
      { labels: {}, areLabelsLeftOut: true },
      { labels: {}, areLabelsLeftOut: true },
    ],
  ]);
  expect(vast("a").mark?.length).toBeLessThan(1_000);
});
