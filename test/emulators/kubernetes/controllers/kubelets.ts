import { isTerminating, listAt, recordAt, textAt } from "../objects.ts";
import type { KubernetesObject } from "../objects.ts";
import { podObject } from "../workloads.ts";
import type { KubernetesWorld } from "../world.ts";
import { refOf } from "./owners.ts";

/** Scheduler, network and kubelets: each pod that waits gets the emptiest node, an address that no pod had, and runs `podStartMs` later. */
export function createKubelets(world: KubernetesWorld) {
  const starting = new Map<unknown, NodeJS.Timeout>();
  let addresses = 0;

  const start = (pod: KubernetesObject) => {
    starting.delete(pod.metadata["uid"]);
    const now = world.read(refOf(pod));
    if (now && !isTerminating(now))
      world.patch(refOf(pod), {
        status: runningStatus(now, `192.168.${100 + (++addresses >> 8)}.${addresses & 255}`, world.timestamp()),
      });
  };

  return {
    sync(): void {
      for (const pod of world.list("Pod").filter(isWaiting)) {
        if (starting.has(pod.metadata["uid"])) continue;
        const nodeName = textAt(pod, "spec.nodeName") || emptiestNode(world);
        if (nodeName === undefined) continue;
        const placed = world.patch(refOf(pod), { spec: { nodeName } });
        starting.set(pod.metadata["uid"], setTimeout(() => start(placed), world.options.podStartMs ?? 0).unref());
      }
    },
    stop: () => starting.forEach((timer) => clearTimeout(timer)),
  };
}

const isWaiting = (pod: KubernetesObject) =>
  textAt(pod, "status.phase") === "Pending" && textAt(pod, "status.podIP") === "" && !isTerminating(pod);

function emptiestNode(world: KubernetesWorld): string | undefined {
  const pods = Map.groupBy(world.list("Pod"), (pod) => textAt(pod, "spec.nodeName"));
  const [first] = world
    .list("Node")
    .filter(isOpen)
    .map(({ metadata: { name } }) => ({ name, load: pods.get(name)?.length ?? 0 }))
    .toSorted((a, b) => a.load - b.load);
  return first?.name;
}

const isOpen = (node: KubernetesObject) => textAt(node, "spec.unschedulable") !== "true" && !isTerminating(node);

/** A readiness gate that nobody has opened keeps it from being Ready. */
function runningStatus(pod: KubernetesObject, ip: string, createdAt: string): object {
  const { name } = pod.metadata;
  const gates = listAt(pod, "spec.readinessGates").map((gate) => textAt(gate, "conditionType"));
  const set = listAt(pod, "status.conditions");
  const isOpen = gates.every((gate) =>
    set.some((one) => textAt(one, "type") === gate && textAt(one, "status") === "True"),
  );
  const conditions = isOpen
    ? []
    : [
        { type: "ContainersReady", status: "True" as const },
        { type: "Ready", status: "False" as const, reason: "ReadinessGatesNotReady" },
      ];
  const { status } = podObject({ name, ip, createdAt, conditions });
  const [container] = listAt({ status }, "status.containerStatuses");
  const containerStatuses = listAt(pod, "spec.containers").map((one) => ({
    ...recordAt({ container }, "container"),
    name: textAt(one, "name"),
    image: textAt(one, "image"),
  }));
  return { ...recordAt({ status }, "status"), containerStatuses };
}
