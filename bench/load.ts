import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Report } from "../functions/core/report.ts";
import { podObject, serviceObject } from "../test/emulators/kubernetes/workloads.ts";
import { openDeployment } from "../test/support/deployment.ts";
import type { Deployment } from "../test/support/deployment.ts";
import type { Lambda } from "../test/support/lambda.ts";
import { isWrite } from "../test/support/farm.ts";
import { quantile } from "./quantile.ts";
import { renderTable } from "./table.ts";

const SERVICES = 200;
const PODS = 10_000;
/** Pods that go, and come, from one pass to the next: 1 %. */
const CHURN = 100;
/** What Cloud Map lets through in the account, as real clients learnt it: per second and burst. */
const RATES = {
  RegisterInstance: { perSecond: 50, burst: 100 },
  DeregisterInstance: { perSecond: 50, burst: 100 },
  ListInstances: { perSecond: 40, burst: 400 },
  ListServices: { perSecond: 1, burst: 8 },
  CreateService: { perSecond: 5, burst: 50 },
};

/** An hour of passes, each minute one, at the rates that accounts have; what is left of a minute after its pass is skipped. */
export async function measureHour(): Promise<string> {
  const deployment = await openCrowd(PODS, SERVICES, { rates: RATES, quotas: quotasFor(PODS) });
  try {
    const lambda = await deployment.start("scheduled-reconcile");
    const hour: Pass[] = [];
    for (let minute = 0; minute < 60; minute++) {
      hour.push(await makePass(deployment, lambda));
      replacePods(deployment, minute);
      deployment.advance(Math.max(0, 60_000 - (hour.at(-1)?.seconds ?? 0) * 1_000));
    }
    // The first fills Cloud Map; what it leaves over the next ones take.
    const steady = hour.slice(10);
    const rows = [rowOf("the first 10 minutes, which register all", hour.slice(0, 10)), rowOf("the other 50", steady)];
    return [
      `${PODS} pods in ${SERVICES} services, ${CHURN} of them replaced each minute, a pass a minute for an hour; seconds of that hour, at 50 registrations a second`,
      renderTable(
        ["passes", "count", "s p50", "s most", "calls p50", "writes p50", "throttled", "failed"],
        ["passes"],
        rows,
      ),
      ...hour.flatMap(({ failures }, minute) =>
        failures.length === 0 ? [] : [`pass ${minute + 1} was not ok: ${failures.join("; ")}`],
      ),
      `peak memory of the function: ${peakOf(lambda)} MB; registered at the end: ${registeredIn(deployment)}`,
    ].join("\n");
  } finally {
    await deployment.close();
  }
}

type Pass = {
  readonly seconds: number;
  readonly calls: number;
  readonly writes: number;
  readonly throttled: number;
  /** What was not ok about it, counted; empty: nothing. */
  readonly failures: readonly string[];
};

async function makePass(deployment: Deployment, lambda: Lambda): Promise<Pass> {
  const { cloudMap } = deployment;
  cloudMap.calls.length = 0;
  deployment.calls.length = 0;
  deployment.kubernetes.log.length = 0;
  const begun = cloudMap.now();
  const event = { time: new Date(begun).toISOString() };
  const { answer } = await lambda.invoke(event);
  const operations = cloudMap.calls.map(({ operation }) => operation);
  return {
    seconds: (cloudMap.now() - begun) / 1_000,
    calls: operations.length,
    writes: operations.filter(isWrite).length,
    throttled: cloudMap.calls.filter(({ error }) => error === "ThrottlingException").length,
    failures: failuresIn(answer as Report | undefined),
  };
}

function rowOf(passes: string, made: readonly Pass[]) {
  const middle = (of: (pass: Pass) => number) => quantile(made.map(of), 0.5);
  return {
    passes,
    count: made.length,
    "s p50": middle(({ seconds }) => seconds).toFixed(1),
    "s most": Math.max(...made.map(({ seconds }) => seconds)).toFixed(1),
    "calls p50": middle(({ calls }) => calls),
    "writes p50": middle(({ writes }) => writes),
    throttled: made.reduce((sum, { throttled }) => sum + throttled, 0),
    failed: made.filter(({ failures }) => failures.length > 0).length,
  };
}

/** Why a pass was not ok, each reason counted: what failed as a whole, at services, and changes that were held or not begun. */
function failuresIn(report: Report | undefined): readonly string[] {
  if (report === undefined) return ["it did not end"];
  const { errors, services } = report;
  const held = services.flatMap((one) => one.held.flatMap(({ isFailure, reason }) => (isFailure ? [reason] : [])));
  const failures = [...errors, ...services.flatMap(({ error }) => error ?? []), ...held];
  return [...Map.groupBy(failures, (text) => text)].map(([text, same]) => `${same.length} x ${text}`);
}

/** Audit events a second, for how many seconds, and how many a delivery of CloudWatch's holds here. */
const EVENTS = { perSecond: 2_000, seconds: 60, aDelivery: 1_000 };

/** A minute of a busy cluster's audit log, of which one event in ten is about pods, through the bundled trigger. */
export async function measureAuditLoad(): Promise<string> {
  const deployment = await openDeployment();
  try {
    const lambda = await deployment.start("audit-log");
    const deliveries = Array.from({ length: (EVENTS.perSecond * EVENTS.seconds) / EVENTS.aDelivery }, (_, n) =>
      delivery(n),
    );
    const begun = performance.now();
    for (const one of deliveries) {
      const { error } = await lambda.invoke(one);
      if (error !== undefined) throw new Error(error.message);
    }
    const seconds = (performance.now() - begun) / 1_000;
    const events = EVENTS.perSecond * EVENTS.seconds;
    return [
      `${events} audit events, as ${EVENTS.perSecond} a second make in ${EVENTS.seconds} s, in ${deliveries.length} deliveries one after the other`,
      `took ${seconds.toFixed(1)} s, ${Math.round(events / seconds)} events a second; ${deployment.calls.length} calls of SQS; peak memory ${peakOf(lambda)} MB`,
    ].join("\n");
  } finally {
    await deployment.close();
  }
}

/** A namespace with all the instances that it may have, and pods for which there is no room. */
export async function measureFullNamespace(): Promise<string> {
  const [room, pods] = [2_000, 2_200];
  const deployment = await openCrowd(pods, 4, {}, { rates: { RegisterInstance: "1000:1000" } });
  try {
    const lambda = await deployment.start("scheduled-reconcile");
    const passes = [];
    for (let n = 0; n < 3; n++) {
      passes.push(await makePass(deployment, lambda));
      deployment.advance(60_000);
    }
    const rows = passes.map((pass, n) => ({
      ...rowOf(`pass ${n + 1}`, [pass]),
      registered: n === 2 ? registeredIn(deployment) : "",
    }));
    return [
      `${pods} pods in 4 services of a namespace that holds ${room} instances`,
      renderTable(["passes", "s most", "calls p50", "writes p50", "registered"], ["passes"], rows),
    ].join("\n");
  } finally {
    await deployment.close();
  }
}

async function openCrowd(pods: number, services: number, cloudMap: object, more: object = {}): Promise<Deployment> {
  const deployment = await openDeployment({
    configuration: {
      namespaces: ["shop.local"],
      sources: { services: true, virtualNodes: false },
      quotas: { instancesPerNamespace: pods > 5_000 ? 2 * pods : 2_000 },
      ...more,
    },
    cloudMap,
  });
  for (let n = 0; n < services; n++) {
    const [name, namespace] = [`web-${n}`, `team-${n % 20}`];
    const annotations = { "eks-cloudmap-sync/service": name };
    deployment.kubernetes.put(serviceObject({ name, namespace, annotations, ports: [] }));
  }
  for (let n = 0; n < pods; n++) putPod(deployment, n, services, 0);
  return deployment;
}

function quotasFor(pods: number): object {
  return {
    instancesPerService: 1_000,
    instancesPerNamespace: Math.max(2_000, 2 * pods),
    namespaces: 50,
    customAttributes: 30,
  };
}

/** `generation`: another pod at another address in the place of the one before. */
function putPod({ kubernetes }: Deployment, n: number, services: number, generation: number): void {
  const at = n % services;
  const ip = `10.${((n >> 8) & 127) | ((generation % 2) << 7)}.${n & 255}.${1 + ((generation >> 1) % 250)}`;
  kubernetes.put(
    podObject({ namespace: `team-${at % 20}`, name: `web-${at}-${n}-${generation}`, ip, labels: { app: `web-${at}` } }),
  );
}

function replacePods(deployment: Deployment, minute: number): void {
  for (let n = 0; n < CHURN; n++) {
    const index = (minute * CHURN + n) % PODS;
    const at = index % SERVICES;
    deployment.kubernetes.remove({ kind: "Pod", namespace: `team-${at % 20}`, name: `web-${at}-${index}-0` });
    putPod(deployment, index, SERVICES, 1);
  }
}

function registeredIn({ cloudMap }: Deployment): number {
  return [...cloudMap.services.values()].reduce((sum, { instances }) => sum + instances.size, 0);
}

function delivery(n: number): object {
  const logEvents = Array.from({ length: EVENTS.aDelivery }, (_, at) => {
    const isPod = at % 10 === 0;
    const message = JSON.stringify({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      stage: "ResponseComplete",
      verb: isPod ? "patch" : "get",
      requestURI: `/api/v1/namespaces/team-${(n + at) % 50}/pods/web-${at}/status`,
      objectRef: { resource: isPod ? "pods" : "configmaps", namespace: `team-${(n + at) % 50}`, subresource: "status" },
      responseStatus: { code: 200 },
      requestObject: { status: { conditions: [{ type: "Ready", status: "True" }] } },
    });
    return { id: String(at), timestamp: 0, message };
  });
  const data = gzipSync(JSON.stringify({ messageType: "DATA_MESSAGE", logEvents })).toString("base64");
  return { awslogs: { data } };
}

/** The most memory that the process has had resident, in MB; Linux alone says it. */
function peakOf({ pid }: Lambda): string {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return kilobytes === undefined ? "?" : (Number(kilobytes) / 1_024).toFixed(0);
}
