import { HELD_METRICS } from "../functions/runtime/lambda/held-metrics.ts";
import { Aws, Duration } from "aws-cdk-lib/core";
import {
  Dashboard,
  GraphWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { PassMetric } from "./alarms.ts";
import { CALLS_OF_CLOUD_MAP, CHANGES_BY_REASON } from "./queries.ts";
import type { Queues } from "./queues.ts";
import type { SyncFunction } from "./sync-function.ts";

type Parts = {
  readonly metric: PassMetric;
  readonly queues: Queues;
  readonly functions: readonly SyncFunction[];
  readonly logGroupNames: readonly string[];
};

const PERIOD = Duration.minutes(5);
const DRIFT = ["DriftMissing", "DriftStale", "DriftChanged", "DriftHealth", "DriftNotHeld"];
/** What is wrong with tenants' claims is one line, and what only waits is none. */
const HELD = (
  [
    "policy",
    "foreign",
    "other-cluster",
    "guard",
    "contested",
    "source-absent",
    "source-failed",
    "quota",
    "pending",
    "unfinished",
  ] as const
).map((reason) => HELD_METRICS[reason]);

/** A stack may have several constructs, of which the command line asks which. */
const INCIDENT = `## In an incident

One page of every service, what differs and what is held, with a filter for pods and addresses:

    npx eks-cloudmap-sync status --stack ${Aws.STACK_NAME} --html status.html

\`explain NAME\` says why a pod, an address or an instance is there, or is not.`;

export function createDashboard(scope: Construct, { metric, queues, functions, logGroupNames }: Parts): Dashboard {
  const of = (names: readonly string[], statistic: string) => names.map((name) => metric(name, statistic, PERIOD));
  const lambdas = functions.map(({ lambda }) => lambda);
  const query = (title: string, queryLines: readonly string[], view: LogQueryVisualizationType) =>
    new LogQueryWidget({
      title,
      logGroupNames: [...logGroupNames],
      queryLines: [...queryLines],
      view,
      width: 8,
      height: 6,
    });
  return new Dashboard(scope, "Dashboard", {
    defaultInterval: Duration.hours(3),
    widgets: [
      [
        graph("Registered", of(["Registered", "LargestService"], "Maximum")),
        graph("Drift before repair", of(DRIFT, "Maximum")),
        graph("Held, by reason", of([...HELD, "ClaimProblems"], "Maximum")),
      ],
      [
        query("Changes, by reason", CHANGES_BY_REASON, LogQueryVisualizationType.TABLE),
        graph(
          "From ready to registered, in seconds",
          ["p50", "p99"].flatMap((p) => of(["RegistrationDelay"], p)),
        ),
        graph("Passes", of(["Passes", "FailedPasses", "Failures"], "Sum")),
      ],
      [
        graph(
          "Duration of a pass, in milliseconds",
          ["p50", "Maximum"].flatMap((p) => of(["PassDuration"], p)),
        ),
        graph("Calls that AWS throttled", of(["Throttles"], "Sum")),
        graph("Queue: waiting, dead, failed", [
          queues.scopes.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
          queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
          queues.failures.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
        ]),
      ],
      [
        graph(
          "Cost: invocations",
          lambdas.map((one) => one.metricInvocations({ period: PERIOD })),
        ),
        graph(
          "Cost: duration, in milliseconds in all",
          lambdas.map((one) => one.metricDuration({ period: PERIOD, statistic: "Sum" })),
        ),
        graph(
          "Errors",
          lambdas.map((one) => one.metricErrors({ period: PERIOD })),
        ),
      ],
      [
        query("Calls of Cloud Map", CALLS_OF_CLOUD_MAP, LogQueryVisualizationType.BAR),
        new TextWidget({ markdown: INCIDENT, width: 16, height: 6 }),
      ],
    ],
  });
}

function graph(title: string, left: readonly IMetric[]): GraphWidget {
  return new GraphWidget({ title, left: [...left], width: 8, height: 6 });
}
