import { describe, expect, test } from "vitest";
import type { Instance } from "../../functions/core/model.ts";
import type { Decided } from "../../functions/core/hold.ts";
import { plan } from "../support/scene.ts";
import { crowd } from "../support/memory-world.ts";

describe("of more than 1,000 pods", () => {
  test("the first by id are registered, the rest is held with what to do", () => {
    const { changes, held } = plan({ pods: crowd(1200).pods });
    expect(changes).toHaveLength(1000);
    expect(held).toHaveLength(200);
    expect(held[0]).toMatchObject({
      kind: "register",
      reason: "quota",
      remedy: expect.stringContaining("1000 instances") as string,
    });
    const last =
      [...changes]
        .map(({ id }) => id)
        .toSorted()
        .at(-1) ?? "";
    expect(held.every(({ id }) => id > last)).toBe(true);
  });

  test("the same ones are held in the next pass: nothing is written over and over", () => {
    const first = plan({ pods: crowd(1200).pods });
    const next = plan({ pods: crowd(1200).pods, instances: registeredBy(first) });
    expect(next.changes).toEqual([]);
    expect(next.held.map(({ id }) => id)).toEqual(first.held.map(({ id }) => id));
  });

  test("one that goes makes room for one, in the same pass", () => {
    const first = plan({ pods: crowd(1200).pods });
    const { changes, held } = plan({ pods: crowd(1199, 1).pods, instances: registeredBy(first) });
    expect(kinds(changes)).toEqual({ register: 1, deregister: 1 });
    expect(held).toHaveLength(199);
  });
});

test("a rollout at the quota goes through: pods that are gone make room", () => {
  const old = crowd(1000);
  const gone = old.pods.map((one, index) => (index < 300 ? ({ ...one, state: "gone" } as const) : one));
  const { changes, held } = plan({ pods: [...gone, ...crowd(300, 5000).pods], instances: old.instances });
  expect(kinds(changes)).toEqual({ register: 300, deregister: 300 });
  expect(held).toEqual([]);
});

test("pods that live on make no room before they have left", () => {
  const old = crowd(1000);
  const others = old.pods.slice(0, 100);
  const { changes, held } = plan({
    pods: [...old.pods.slice(100), ...crowd(100, 5000).pods],
    others,
    instances: old.instances,
  });
  expect(kinds(changes)).toEqual({ register: 0, deregister: 100 });
  expect(held).toHaveLength(100);
});

test("foreign instances take room as well", () => {
  const foreign = crowd(999).instances.map((one) => ({ ...one, attributes: { app: "theirs" } }));
  const { changes, held } = plan({ pods: crowd(2, 5000).pods, instances: foreign });
  expect([changes.length, held.length]).toEqual([1, 1]);
});

test("repairs need no room", () => {
  const old = crowd(1000);
  const drifted = old.instances.map((one) => ({ ...one, attributes: { ...one.attributes, app: "old" } }));
  const { changes, held } = plan({ pods: old.pods, instances: drifted });
  expect([changes.length, held.length]).toEqual([1000, 0]);
});

function registeredBy({ changes }: Decided): readonly Instance[] {
  return changes.flatMap((change) =>
    change.kind === "register" ? [{ id: change.id, attributes: change.attributes, health: undefined }] : [],
  );
}

function kinds(changes: Decided["changes"]): { readonly register: number; readonly deregister: number } {
  const count = (wanted: string) => changes.filter(({ kind }) => kind === wanted).length;
  return { register: count("register"), deregister: count("deregister") };
}
