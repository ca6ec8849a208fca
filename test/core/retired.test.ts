import { expect, test } from "vitest";
import type { NamespaceRead, SourceRead } from "../../functions/core/ports.ts";
import { resolveSubjects } from "../../functions/core/resolve.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { claim, claims, namespace, service, settings, sourceOf } from "../support/builders.ts";

/** Which services the document's `retired` means. */

const shop = namespace();
const readAs = (asked: string, read = shop, services: readonly string[] = []): NamespaceRead => ({
  asked,
  read: { value: { namespace: read, services: services.map((name) => service({ name, namespace: read })) } },
});
const resolve = (sources: readonly SourceRead[], namespaces: readonly NamespaceRead[], wanted: Partial<Settings>) =>
  resolveSubjects(sources, namespaces, settings(wanted)).subjects;
const BROKEN: SourceRead = {
  ...sourceOf("services"),
  state: "read",
  claims: [],
  broken: [
    {
      origin: { source: "services", rank: 1, name: "Service shop/old" },
      from: "shop",
      namespace: undefined,
      service: "old",
      problem: "it has no selector",
    },
  ],
};

test.each([
  ["old", true],
  ["shop.local/old", true],
  ["ns-1/old", true],
  [`${shop.arn}/old`, true],
  ["older", false],
  ["backup.local/old", false],
  ["old/old", false],
])("`retired: [%s]` means a service that nobody claims, by whatever its namespace is called: %s", (name, expected) => {
  const retired = { retired: [name] };
  const [found] = resolve([], [readAs("ns-1", shop, ["old"])], retired);
  expect(found?.isRetired).toBe(expected);
});

test.each<[string, SourceRead]>([
  ["is claimed", claims(claim({ service: "old" }))],
  ["is claimed by an object that is broken", BROKEN],
  ["is claimed by mistake", claims(claim({ service: "old", namespace: "other.local" }), claim({ service: "OLD" }))],
])("a service that %s is not retired, whatever the document says", (_, source) => {
  const subjects = resolve([source], [readAs("shop.local", shop, ["old"])], { retired: ["old"] });
  const known = subjects.filter(
    ({ mappings, problems, mistakes }) => [...mappings, ...problems, ...mistakes].length > 0,
  );
  expect(known.length).toBeGreaterThan(0);
  expect(known.map(({ isRetired }) => isRetired)).toEqual(known.map(() => false));
});
