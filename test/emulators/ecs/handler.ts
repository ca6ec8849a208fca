import { AwsJsonError, awsJsonHandler, unknownOperation } from "../aws-json.ts";
import type { JsonInput } from "../aws-json.ts";
import { seedInstance } from "../cloudmap/seed.ts";
import type { Service } from "../cloudmap/state.ts";
import type { CloudMapWorld } from "../cloudmap/world.ts";
import type { Handler } from "../serve.ts";

/** An ECS service with service discovery: each of its tasks is an instance in Cloud Map. Tasks come and go at once. */
export type EcsService = {
  readonly cluster: string;
  readonly name: string;
  /** The addresses that its tasks get, the first task's first. */
  readonly addresses: readonly string[];
  desired: number;
  status: "ACTIVE" | "INACTIVE";
};

export function createEcsService(given: Pick<EcsService, "cluster" | "name" | "addresses">): EcsService {
  return { ...given, desired: given.addresses.length, status: "ACTIVE" };
}

/** Of ECS what a deployment, the wait for it, and its end need, for one service that registers its tasks in `registry`. */
export function ecsHandler(cloudMap: CloudMapWorld, registry: Service, service: EcsService): Handler {
  settleTasks(cloudMap, registry, service);
  return awsJsonHandler("AmazonEC2ContainerServiceV20141113", async (operation, input) => {
    switch (operation) {
      case "UpdateService":
        service.desired = desiredOf(input) ?? service.desired;
        break;
      case "DeleteService":
        if (service.desired > 0)
          throw new AwsJsonError(
            "InvalidParameterException",
            "The service cannot be stopped while it is scaled above 0.",
          );
        service.status = "INACTIVE";
        break;
      case "DescribeServices":
        return { services: [shown(service)], failures: [] };
      default:
        throw unknownOperation();
    }
    settleTasks(cloudMap, registry, service);
    return { service: shown(service) };
  });
}

/** The ids of the instances of its tasks. */
export function tasksOf({ desired, addresses }: EcsService): readonly string[] {
  return addresses.slice(0, desired).map(taskAt);
}

function taskAt(_address: string, index: number): string {
  return `task-${index + 1}`;
}

function settleTasks(cloudMap: CloudMapWorld, registry: Service, service: EcsService): void {
  const { addresses, cluster, name, desired } = service;
  for (const [index, address] of addresses.entries()) {
    const id = taskAt(address, index);
    registry.instances.delete(id);
    registry.discovery.instances.delete(id);
    if (index >= desired) continue;
    seedInstance(cloudMap, registry, id, {
      AWS_INSTANCE_IPV4: address,
      AVAILABILITY_ZONE: "us-west-2a",
      ECS_CLUSTER_NAME: cluster,
      ECS_SERVICE_NAME: name,
      ECS_TASK_DEFINITION_FAMILY: name,
      REGION: "us-west-2",
    });
  }
}

function desiredOf({ desiredCount }: JsonInput): number | undefined {
  return typeof desiredCount === "number" ? desiredCount : undefined;
}

function shown({ cluster, name, desired, status }: EcsService): object {
  const counts = { desiredCount: desired, runningCount: desired, pendingCount: 0 };
  const clusterArn = `arn:aws:ecs:us-west-2:111122223333:cluster/${cluster}`;
  return {
    serviceArn: `arn:aws:ecs:us-west-2:111122223333:service/${cluster}/${name}`,
    serviceName: name,
    clusterArn,
    status,
    ...counts,
    deployments: [{ id: "ecs-svc/1", status: "PRIMARY", ...counts }],
  };
}
