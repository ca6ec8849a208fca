import * as schedulerModel from "@aws-sdk/client-scheduler";
import { checkAnswer } from "../model.ts";
import type { Handler } from "../serve.ts";

export type SchedulerWorld = {
  /** By name: whether it is on. */
  readonly schedules: Map<string, "ENABLED" | "DISABLED">;
};

export function createScheduler(): SchedulerWorld {
  return { schedules: new Map() };
}

/** EventBridge Scheduler's GetSchedule (REST JSON), of the default group, over `world`, for `serve`. */
export function schedulerHandler({ schedules }: SchedulerWorld): Handler {
  return async (request) => {
    const [, encoded] = /^\/schedules\/([^/]+)$/.exec(new URL(request.url).pathname) ?? [];
    if (request.method !== "GET" || encoded === undefined)
      return refuse(404, "UnknownOperationException", "The operation is not emulated");
    const Name = decodeURIComponent(encoded);
    const State = schedules.get(Name);
    if (State === undefined) return refuse(404, "ResourceNotFoundException", `Schedule ${Name} does not exist.`);
    const answer = { Name, GroupName: "default", State, ScheduleExpression: "cron(0/1 * * * ? *)" };
    checkAnswer(schedulerModel, "GetSchedule", answer);
    return Response.json(answer);
  };
}

function refuse(status: number, code: string, Message: string): Response {
  return Response.json({ Message }, { status, headers: { "x-amzn-errortype": code } });
}
