import { Stack } from "aws-cdk-lib/core";
import type { IConstruct } from "constructs";
import type { Right } from "./permissions.ts";
import type { Queues } from "./queues.ts";
import type { SyncFunction } from "./sync-function.ts";

/** Where CDK keeps what `Validations.of(construct).acknowledge()` records, and cdk-nag looks for it; older versions of CDK have no such class. */
const ACKNOWLEDGED_RULES = "aws:cdk:acknowledged-rules";

/** Rules of cdk-nag's packs that do not fit here, each with the reason; so that they need no acknowledging in a user's app. */
export function acknowledge(queues: Queues, functions: readonly SyncFunction[]): void {
  for (const queue of [queues.deadLetters, queues.failures])
    tell(queue, {
      "AwsSolutions-SQS3": "It is a dead-letter queue, or the destination of failed invocations.",
      "Serverless-SQSRedrivePolicy": "It is a dead-letter queue, or the destination of failed invocations.",
    });
  for (const { lambda, role, rights } of functions) {
    tell(role, {
      ...wildcards(role, rights),
      "Serverless-LambdaStarPermissions":
        "Actions that know no resource need a wildcard. infra/permissions.ts has the reason of each.",
    });
    tell(lambda, {
      "Serverless-LambdaDLQ":
        "Asynchronous invocations have a destination for failures, which tells more than a dead-letter queue; the queue's have its dead-letter queue.",
      "Serverless-LambdaTracing": "A pass tells its duration and delays as metrics; a trace would cost more than it.",
      "Serverless-LambdaEventSourceMappingDestination":
        "A mapping of SQS knows no such destination: the queue has a dead-letter queue.",
    });
  }
}

/** Why a resource ends in a wildcard, by what stands before it. */
const WILDCARDS: readonly (readonly [ending: string, reason: string])[] = [
  [
    ":service/*",
    "Which services there are is known at run time only; conditions narrow the writes where `services` is set.",
  ],
  [":namespace/*", "A namespace is known by its name alone; `namespaces` narrows it, as a warning at synth says."],
  [":hostedzone/*", "A namespace's hosted zone is not known; `namespaces` narrows it, as a warning at synth says."],
  [":healthcheck/*", "Cloud Map names the health checks itself, when it makes them."],
  ["*", "These actions know no resource."],
];

/** One rule a wildcard, as cdk-nag calls it; so that no other comes in unseen. */
function wildcards(role: IConstruct, rights: readonly Right[]): Readonly<Record<string, string>> {
  const resources = [...new Set(rights.flatMap((right) => right.resources))].filter((one) => one.endsWith("*"));
  return Object.fromEntries(
    resources.map((resource) => [
      `AwsSolutions-IAM5[Resource::${plain(Stack.of(role).resolve(resource))}]`,
      WILDCARDS.find(([ending]) => resource.endsWith(ending))?.[1] ?? "",
    ]),
  );
}

/** A text with its references in angle brackets. */
function plain(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if ("Ref" in value) return `<${String(value.Ref)}>`;
  if ("Fn::Join" in value && Array.isArray(value["Fn::Join"])) return [value["Fn::Join"][1]].flat().map(plain).join("");
  return "";
}

function tell(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons))
    construct.node.addMetadata(ACKNOWLEDGED_RULES, { [`Annotation::${id}`]: reason });
}
