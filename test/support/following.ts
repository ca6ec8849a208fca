import { podName } from "../../functions/core/model.ts";
import { reconcile } from "../../functions/core/reconcile.ts";
import type { Report } from "../../functions/core/report.ts";
import { composeWorld } from "../../functions/runtime/compose.ts";
import type { Composed } from "../../functions/runtime/compose.ts";
import { parseConfiguration } from "../../functions/runtime/configuration/document.ts";
import { parseEnvironment } from "../../functions/runtime/configuration/environment.ts";
import { follow } from "../../functions/runtime/watch/follow.ts";
import type { Followed } from "../../functions/runtime/watch/follow.ts";
import { request } from "./builders.ts";

/** One watch over a cluster and Cloud Map, as the Lambda runs it. */
export type Following = {
  /** The services of each pass that was begun. */
  readonly passes: readonly (readonly string[])[];
  /** The changes that it was told of: `namespace/name` of a pod. */
  readonly changes: readonly string[];
  readonly reports: readonly Report[];
  /** What it logged at info and error. */
  readonly lines: readonly string[];
  /** Ends it, and tells what it counted; rejects with what it failed at. */
  readonly stop: () => Promise<Followed>;
  /** Settles when it has ended by itself. */
  readonly ended: Promise<Followed>;
};

type Options = {
  readonly document: string;
  readonly kubeconfig: string;
  readonly cloudMapUrl: string;
  /** Milliseconds since the epoch; see `FollowTimes`. */
  readonly alone?: number;
  readonly limit?: number;
  readonly signal?: AbortSignal;
  /** In place of a pass of its own, or around it. */
  readonly around?: (pass: () => Promise<Report>) => Promise<Report>;
};

export function startFollowing({
  document,
  kubeconfig,
  cloudMapUrl,
  around = (pass) => pass(),
  ...given
}: Options): Following {
  const { alone = 0, limit = Date.now() + 3_600_000, signal } = given;
  const passes: string[][] = [];
  const changes: string[] = [];
  const reports: Report[] = [];
  const lines: string[] = [];
  const stopped = new AbortController();
  const compose = async (): Promise<Composed> => {
    const composed = await composeWorld({
      configuration: parseConfiguration(document, "the test's document"),
      access: { kind: "kubeconfig", file: kubeconfig },
      environment: parseEnvironment({ AWS_REGION: "us-west-2", AWS_ENDPOINT_URL_SERVICEDISCOVERY: cloudMapUrl }),
      isFrequent: true,
    });
    return {
      ...composed,
      watchPods: ({ onChange, ...watch }) =>
        composed.watchPods({
          ...watch,
          onChange: (change) => {
            changes.push(podName(change.key));
            onChange(change);
          },
        }),
    };
  };
  let composed: Promise<Composed> | undefined;
  const world = () => {
    composed ??= compose();
    composed.catch(() => (composed = undefined));
    return composed;
  };
  const log = (...said: readonly unknown[]) => {
    lines.push(said.map((one) => (one instanceof Error ? one.message : JSON.stringify(one))).join(" "));
  };
  const ended = follow({
    alone,
    limit,
    signal: signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]),
    world,
    pass: async (scopes) => {
      passes.push(scopes.flatMap((scope) => (scope.kind === "service" ? scope.service : [])));
      const one = async () => {
        const asked = request({ scopes, sweep: false, deadline: Date.now() + 60_000 });
        return reconcile(asked, await world());
      };
      const report = await around(one);
      reports.push(report);
      return report;
    },
    logger: { debug: () => {}, info: log, error: log },
  });
  // Whoever stops it, or waits for its end, hears of it.
  ended.catch(() => {});
  return {
    passes,
    changes,
    reports,
    lines,
    ended,
    stop: () => {
      stopped.abort();
      return ended;
    },
  };
}
