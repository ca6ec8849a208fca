import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import type { Deployment } from "../support/deployment.ts";
import { batchOf, failedIds, pollOnce } from "../support/event-source.ts";
import { callsOf, openShop, requestsOf, SHOP } from "./shop.ts";

/** What happens in namespaces that no mapping draws from, as most where many tenants share a cluster: nobody is asked anything. */

const about = (namespace: string) =>
  batchOf([{ id: "m", body: JSON.stringify({ scope: { kind: "namespace", namespace } }) }]);

test.each([
  ["a message of this tool's own", about("elsewhere")],
  ["one about the cluster's own namespace", about("kube-system")],
  ["an event of EKS about a Fargate pod", sample("queue-eks-fargate-termination")],
])("%s costs no call", async (_, event) => {
  const shop = await openShop();
  const lambda = await shop.start("event-reconcile");
  await lambda.invoke(about("shop"));
  forget(shop);
  const { answer, logs } = await lambda.invoke(event);
  expect(failedIds(answer)).toEqual([]);
  expect([callsOf(shop), requestsOf(shop)]).toEqual([[], []]);
  expect(logs.map(({ message }) => message)).toEqual(["nothing to do: no service of this cluster is meant"]);
});

test("an audit log full of changes costs one message a namespace and delivery, and no call beyond", async () => {
  const shop = await openShop();
  const [auditLog, events] = await Promise.all([shop.start("audit-log"), shop.start("event-reconcile")]);
  await events.invoke(about("shop"));
  forget(shop);
  await auditLog.invoke(auditLogOf("elsewhere", 1_000));
  expect(callsOf(shop)).toEqual(["sqs SendMessageBatch"]);
  forget(shop);
  const ran = await pollOnce(shop.sqs, shop.queue, events);
  expect(failedIds(ran?.answer)).toEqual([]);
  expect([callsOf(shop), requestsOf(shop)]).toEqual([[], []]);
});

test("a person who asks for a pass over one hears that nothing is drawn from it, and it costs no call", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  await lambda.invoke({ scope: { namespace: "shop" } });
  forget(shop);
  const { error } = await lambda.invoke({ scope: { namespace: "elsewhere" } });
  expect(error?.message).toBe(
    "nothing was changed: no mapping draws pods from the Kubernetes namespace elsewhere; check its name, or ask for everything with {}",
  );
  expect([callsOf(shop), requestsOf(shop)]).toEqual([[], []]);
});

test("pods that come and go there cost the watch no call", async () => {
  const shop = await openShop({ configuration: { ...SHOP, sources: { virtualNodes: false } } });
  const watch = await shop.start("watch");
  const time = new Date(Date.now() - 90_000).toISOString();
  const following = watch.invoke({ time }, { remainingMs: 26_000 });
  await expect.poll(() => requestsOf(shop), { timeout: 20_000 }).toContain("/api/v1/pods");
  await expect.poll(() => shop.kubernetes.log.at(-1)?.query["watch"], { timeout: 20_000 }).toBe("true");
  forget(shop);
  for (let index = 0; index < 20; index++) {
    shop.kubernetes.put(podObject({ namespace: "elsewhere", name: `job-${index}`, ip: `10.0.9.${index}` }));
    shop.kubernetes.remove({ kind: "Pod", namespace: "elsewhere", name: `job-${index}` });
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  shop.advance(6_000);
  const { answer } = await following;
  expect(answer).toMatchObject({ changes: 40, passes: 0 });
  expect([callsOf(shop), requestsOf(shop)]).toEqual([[], []]);
});

function forget({ calls, kubernetes }: Deployment): void {
  calls.length = 0;
  kubernetes.log.length = 0;
}

function sample(name: string): unknown {
  return JSON.parse(readFileSync(`events/${name}.json`, "utf8"));
}

/** A delivery in which each entry tells of another pod of the namespace. */
function auditLogOf(namespace: string, entries: number): object {
  const logEvents = Array.from({ length: entries }, (_, index) => {
    const objectRef = { resource: "pods", namespace, name: `job-${index}`, apiVersion: "v1" };
    const entry = { apiVersion: "audit.k8s.io/v1", stage: "ResponseComplete", verb: "create", objectRef };
    return { id: String(index), timestamp: 0, message: JSON.stringify(entry) };
  });
  const data = gzipSync(JSON.stringify({ messageType: "DATA_MESSAGE", logEvents })).toString("base64");
  return { awslogs: { data } };
}
