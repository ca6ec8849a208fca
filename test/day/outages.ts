import { setTimeout as sleep } from "node:timers/promises";
import { exchange, persist, rolled } from "./cluster.ts";
import type { Day, Program } from "./day.ts";
import type { Scenario } from "./scenario.ts";
import { silence } from "./silence.ts";

/** The control plane's own faults: for how long they leave everybody blind is measured. */
export const OUTAGES: readonly Scenario[] = [
  {
    name: "the API server is killed",
    isShort: true,
    run: (day, { goneSeconds }) => killed(day, "kube-apiserver", goneSeconds),
  },
  { name: "etcd is killed", run: (day, { goneSeconds }) => killed(day, "etcd", goneSeconds) },
  {
    name: "the API server hangs",
    isShort: true,
    run: async (day, { hungSeconds }) => {
      await exchange(day);
      await day.signal("kube-apiserver", "SIGSTOP");
      await sleep(hungSeconds * 1_000);
      await day.signal("kube-apiserver", "SIGCONT");
      await controllersAnswer(day);
    },
  },
  { name: "all kubelets are silent at once", run: silence },
];

async function killed(day: Day, program: Program, goneSeconds: number): Promise<void> {
  await exchange(day);
  await day.signal(program, "SIGKILL");
  await sleep(goneSeconds * 1_000);
  await day.restart(program);
  await persist(async () => {
    const text = await day.kubectl("get", "--raw", "/readyz");
    if (text !== "ok") throw new Error(text);
  });
  await controllersAnswer(day);
}

/** Until then nothing that is asked for is done, and all looks as if it were at rest. */
async function controllersAnswer({ kubectl }: Day): Promise<void> {
  await kubectl("-n", "default", "rollout", "restart", "deployment/keeper");
  await rolled(kubectl, "deployment/keeper", "default");
}
