import { expect, onTestFinished, test, vi } from "vitest";
import { runReconcile } from "../../functions/cli/reconcile-command.ts";
import { listAt } from "../emulators/kubernetes/objects.ts";
import { openTerminal } from "../support/terminal.ts";
import { walkthrough } from "../support/walkthrough.ts";
import { openRehearsal, REUSED, STACK, STALE } from "./rehearsal.ts";

test("begins where the page on leaving App Mesh begins, with its dry stack deployed", async () => {
  const { variables } = await open();
  const { terminal, out } = openTerminal(variables);
  expect(await runReconcile("plan", { stack: STACK, output: "json" }, terminal)).toBe(0);
  expect(JSON.parse(out())).toMatchObject({
    about: { eksCluster: "prod", owner: "arn:aws:eks:us-west-2:111122223333:cluster/prod" },
    services: [
      { service: "colorapp", foreign: 2, takeOver: 2, held: [{ why: "adopted" }, { why: "adopted" }] },
      { service: "front", foreign: 3, takeOver: 1, held: [{ why: "adopted" }, { id: REUSED, why: "missing" }] },
    ],
    warnings: [expect.stringContaining(STALE)],
    ok: true,
  });
});

test("the controller's pod goes once it is scaled to none", async () => {
  const { kubernetes } = await open();
  const controllers = () => kubernetes.list("Pod").filter(({ metadata }) => metadata.namespace === "appmesh-system");
  expect(controllers()).toHaveLength(1);
  const ref = { kind: "Deployment", name: "appmesh-controller", namespace: "appmesh-system" };
  kubernetes.patch(ref, { spec: { replicas: 0 } });
  await vi.waitFor(() => expect(controllers()).toEqual([]), { timeout: 1_000, interval: 20 });
});

test("a rollout leaves no pod with the controller's readiness gate, and as many as there were", async () => {
  const { kubernetes } = await open();
  const pods = () =>
    kubernetes.list("Pod").filter(({ metadata }) => metadata.namespace === walkthrough.kubernetesNamespace);
  const before = pods().length;
  for (const { metadata } of kubernetes.list("Deployment")) {
    const template = { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-11-01T08:00:00Z" } } };
    kubernetes.patch({ kind: "Deployment", ...metadata }, { spec: { template } });
  }
  const isDone = () => {
    expect(pods().filter((pod) => listAt(pod, "spec.readinessGates").length > 0)).toEqual([]);
    expect(pods()).toHaveLength(before);
  };
  await vi.waitFor(isDone, { timeout: 1_000, interval: 20 });
});

test("a VirtualNode that is deleted waits for its finalizers, as nobody clears up any more", async () => {
  const { kubernetes } = await open();
  const ref = { kind: "VirtualNode", name: "front", namespace: walkthrough.kubernetesNamespace };
  kubernetes.terminate(ref);
  expect(kubernetes.read(ref)?.metadata.deletionTimestamp).toBeDefined();
  kubernetes.settle(kubernetes.patch(ref, { metadata: { finalizers: null } }));
  expect(kubernetes.read(ref)).toBeUndefined();
});

async function open() {
  const rehearsal = await openRehearsal();
  onTestFinished(() => rehearsal.close());
  return rehearsal;
}
