import * as z from "zod";
import { InputError } from "../core/errors.ts";

/** EventBridge Scheduler puts `<aws.scheduler.scheduled-time>` there; EventBridge rules have a `time` of their own. */
const scheduleSchema = z.object({ time: z.iso.datetime({ offset: true }) });

/** The time for which a scheduled event was meant, in milliseconds since the epoch, however late it arrives. */
export function parseScheduledTime(event: unknown): number {
  const parsed = scheduleSchema.safeParse(event);
  if (parsed.success) return Date.parse(parsed.data.time);
  throw new InputError(
    'a scheduled event needs its time: {"time": "2026-11-24T14:00:00Z"}; set the input of the schedule to {"time": "<aws.scheduler.scheduled-time>"}',
  );
}

/** Whether the pass at `time` looks for orphans too: that of every `everyMinutes`th minute of the day's clock. */
export function isSweep(time: number, everyMinutes: number): boolean {
  return Math.floor(time / 60_000) % everyMinutes === 0;
}
