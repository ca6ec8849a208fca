import { expect, test } from "vitest";
import { seedService } from "../emulators/cloudmap/seed.ts";
import type { Right } from "../emulators/cloudmap/rights.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";

const isWrite = ({ operation }: Right) => /^(Register|Deregister|Create|Update|Tag)/.test(operation);

test("of an identity that only reads, doctor warns: it lacks every right to write and may need none", async () => {
  const { run, cloudMap, namespace } = await setUpCli();
  seedService(cloudMap, namespace);
  cloudMap.options.lacks = isWrite;
  const { code, out } = await run("doctor");
  for (const right of ["RegisterInstance", "DeregisterInstance"])
    expect(out).toMatch(
      new RegExp(
        `warning  right servicediscovery:${right}: is missing on shop.local/web: .*whoever only reads needs none`,
      ),
    );
  expect(code).toBe(0);
});

test("a right that ends at some services is told with those that it leaves out", async () => {
  const { run, cloudMap, namespace, kubernetes } = await setUpCli({
    document: SMALLEST.replace(
      "port: 8080 }",
      "port: 8080 }, { service: api, pods: { namespace: shop, selector: app=api } }",
    ),
  });
  kubernetes.put(podObject({ namespace: "shop", name: "api-1", ip: "10.0.0.3", labels: { app: "api" } }));
  seedService(cloudMap, namespace);
  const { arn } = seedService(cloudMap, namespace, { name: "api" });
  cloudMap.options.lacks = ({ resource }) => resource === arn;
  const { code, out } = await run("doctor");
  expect(out).toContain(`"Action":["servicediscovery:DeregisterInstance"],"Resource":["${arn}"]}\n`);
  expect(out).toContain("failed   right servicediscovery:RegisterInstance: is missing on shop.local/api: ");
  expect(out).not.toContain("is missing on shop.local/web");
  expect(code).toBe(1);
});

test("where a service is still to be created, doctor asks for the right to create it, tags included", async () => {
  const { run, cloudMap, namespace } = await setUpCli();
  cloudMap.options.lacks = ({ operation }) => operation === "CreateService";
  const first = (await run("doctor")).out;
  expect(first).toMatch(
    /right servicediscovery:CreateService: is missing on shop\.local: User: .*"Resource":\["arn:\S+:namespace\/ns-\w+","arn:\S+:service\/\*"\]}/,
  );
  cloudMap.options.lacks = ({ operation }) => operation === "TagResource";
  expect((await run("doctor")).out).toMatch(/right servicediscovery:TagResource: .*"Resource":\["\*"\]}/);
  cloudMap.options.lacks = undefined;
  expect((await run("doctor")).out).toContain("ok       rights: this identity may CreateService (asked by");
  expect([...cloudMap.services.values()].filter(({ namespaceId }) => namespaceId === namespace.id)).toEqual([]);
});

test("no right is asked for that the document does not need", async () => {
  const { run, cloudMap, namespace, configure } = await setUpCli({ document: `${SMALLEST}policy: upsert-only\n` });
  seedService(cloudMap, namespace, { hasCustomHealth: true });
  cloudMap.options.lacks = ({ operation }) => operation === "DeregisterInstance";
  expect((await run("doctor")).out).toContain(
    "this identity may RegisterInstance, UpdateInstanceCustomHealthStatus (asked",
  );
  await configure(`${SMALLEST}policy: dry-run\n`);
  cloudMap.options.lacks = isWrite;
  const { code, out } = await run("doctor");
  expect(out).not.toMatch(/rights?:/);
  expect(code).toBe(0);
});

test("a policy that denies on purpose is named as such: no statement gives what it takes", async () => {
  const { run, cloudMap, namespace } = await setUpCli();
  seedService(cloudMap, namespace);
  cloudMap.options.fault = ({ operation }) =>
    operation === "RegisterInstance"
      ? {
          error: "AccessDeniedException",
          message:
            "User: ada is not authorized to perform: servicediscovery:RegisterInstance on resource: x with an explicit deny in a service control policy",
          status: 400,
        }
      : undefined;
  const { code, out } = await run("doctor");
  expect(out).toMatch(/service control policy; a policy denies it on purpose, and no other can allow it then\n/);
  expect(out).not.toContain('"Effect"');
  expect(code).toBe(1);
});

test("what could not be asked is a warning", async () => {
  const { run, cloudMap, namespace } = await setUpCli();
  seedService(cloudMap, namespace);
  cloudMap.options.fault = ({ operation }) =>
    operation === "RegisterInstance" ? { error: "WeirdException", message: "odd", status: 400 } : undefined;
  const { code, out } = await run("doctor");
  expect(out).toContain("warning  rights: whether RegisterInstance is allowed on web could not be asked: odd\n");
  expect(code).toBe(0);
});
