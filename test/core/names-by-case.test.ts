import { expect, test } from "vitest";
import type { NamespaceType } from "../../functions/core/model.ts";
import { resolveSubjects } from "../../functions/core/resolve.ts";
import type { Subject } from "../../functions/core/subject.ts";
import { claim, claims, namespace, service, settings } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";

/** In DNS namespaces Cloud Map takes two names that differ by case alone for one. */

test("a name that differs by case from a service in DNS names the one that is there; without DNS they are two", () => {
  expect(subjectsOf("DNS_PRIVATE", ["web"], "Web")).toMatchObject([
    {
      key: { service: "web" },
      mistakes: [{ reason: "invalid", problem: expect.stringMatching(/^service web exists.*Web; write web$/) }],
    },
  ]);
  expect(mappingsOf(subjectsOf("HTTP", ["web"], "Web"))).toEqual(["Web 1", "web 0"]);
});

test("of two claims to services that are missing the second names the first's", () => {
  const [found, ...others] = subjectsOf("DNS_PRIVATE", [], "Web", "web", "Web");
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    key: { service: "Web" },
    mistakes: [{ reason: "invalid", problem: expect.stringMatching(/^service Web is claimed too.*web; write Web$/) }],
  });
  expect(found?.mappings).toHaveLength(2);
  expect(mappingsOf(subjectsOf("HTTP", [], "Web", "web"))).toEqual(["Web 1", "web 1"]);
});

test("a name that differs by case from a service of another namespace is its own", () => {
  const other = namespace({ id: "ns-2", name: "backup.local" });
  const read = [
    readAs("DNS_PRIVATE", ["web"]),
    { asked: other.name, read: { value: { namespace: other, services: [] } } },
  ];
  const { subjects } = resolveSubjects([claims(claim({ service: "Web", namespace: other.name }))], read, settings());
  expect(mappingsOf(subjects)).toEqual(["Web 1", "web 0"]);
});

test("the pass that creates the first says that the second cannot be", async () => {
  const sources = [claims(claim({ service: "Web" }), claim({ service: "web" }))];
  const { report, registry } = await pass({ pods: [], sources });
  expect([...registry.keys()]).not.toContain("web");
  expect(report).toMatchObject({ ok: false, services: [{ service: "Web", held: [{ reason: "invalid" }] }] });
});

function readAs(type: NamespaceType, there: readonly string[]) {
  const read = namespace({ type });
  const services = there.map((name) => service({ name, namespace: read }));
  return { asked: read.name, read: { value: { namespace: read, services } } };
}

function subjectsOf(type: NamespaceType, there: readonly string[], ...claimed: readonly string[]): readonly Subject[] {
  const wanted = claimed.map((name) => claim({ service: name }));
  return resolveSubjects([claims(...wanted)], [readAs(type, there)], settings()).subjects;
}

function mappingsOf(subjects: readonly Subject[]): readonly string[] {
  return subjects.map(({ key, mappings }) => `${key.service} ${mappings.length}`);
}
