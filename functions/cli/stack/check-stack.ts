import { messageOf } from "../../core/errors.ts";
import type { Environment } from "../../runtime/configuration/environment.ts";
import { RELEASE, VERSION } from "../../runtime/version.ts";
import { ok, failed, warning } from "../check.ts";
import type { Check } from "../check.ts";
import { counted } from "../text.ts";
import { findDeployment } from "./find-deployment.ts";
import type { Found } from "./find-deployment.ts";
import { countMessages, isLetIn, listRinging, listStopped, readLastPass, readSchedule, readStates } from "./look.ts";
import type { LastPass } from "./look.ts";

/** What was deployed, and how it does: the stack, its functions and their roles, the last pass, alarms and queues. */
export async function checkStack(named: string, environment: Environment): Promise<readonly Check[]> {
  let found: Found;
  try {
    found = await findDeployment(named, environment);
  } catch (error) {
    return [failed("stack", messageOf(error))];
  }
  const parts = await Promise.all([
    settle("functions", async () => checkFunctions(await readStates(found, environment))),
    settle("concurrency", async () => checkStopped(await listStopped(found, environment), found)),
    ...Object.entries(found.schedules).map(([name, schedule]) =>
      settle(`schedule of ${name}`, async () => [
        checkSchedule(name, schedule, await readSchedule(schedule, environment)),
      ]),
    ),
    ...Object.entries(found.roles).map(([name, role]) =>
      settle(`role of ${name}`, async () => [checkRole(name, role, await isLetIn(role, found, environment), found)]),
    ),
    settle("last pass", async () => [checkLastPass(await readLastPass(found, environment), Date.now())]),
    settle("alarms", async () => checkAlarms(found, await listRinging(found, environment))),
    settle("queues", async () => checkQueues(await countMessages(found, environment))),
  ]);
  return [checkState(found), checkVersion(found), ...parts.flat()];
}

/** What cannot be looked at keeps nothing from working. */
async function settle(check: string, work: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await work();
  } catch (error) {
    return [warning(check, messageOf(error))];
  }
}

function checkState({ deployment, cluster, status }: Found): Check {
  const says = `${deployment}, for EKS cluster ${cluster}: ${status}`;
  if (status.endsWith("_FAILED"))
    return failed("stack", `${says}; see its events in CloudFormation, and deploy it again`);
  if (status.includes("ROLLBACK"))
    return warning("stack", `${says}; its last deployment was taken back: see its events`);
  if (status.endsWith("_IN_PROGRESS")) return warning("stack", `${says}; what follows may change`);
  return ok("stack", says);
}

function checkVersion({ "eks-cloudmap-sync": version }: Found): Check {
  return version === VERSION
    ? ok("version", `${version}, as this command line: ${RELEASE}`)
    : warning(
        "version",
        `${version} is deployed, and this command line is ${RELEASE}: what it plans may differ from what the functions do; deploy again, or use ${version}`,
      );
}

function checkFunctions(states: ReadonlyMap<string, string>): readonly Check[] {
  const idle = [...states].filter(([, state]) => state !== "Active");
  // A function that nobody has invoked for weeks sleeps, and wakes up by itself.
  return idle.length === 0
    ? [ok("functions", `${[...states.keys()].toSorted().join(", ")}: active`)]
    : idle.map(([name, state]) =>
        state === "Inactive" || state === "Pending"
          ? warning(`function ${name}`, `${state}: it is made ready when it is next invoked`)
          : failed(`function ${name}`, `${state}; deploy the stack again`),
      );
}

function checkStopped(stopped: readonly string[], { functions }: Found): readonly Check[] {
  return stopped.map((name) =>
    failed(
      `function ${name}`,
      `its reserved concurrency is 0, so that Lambda never runs it; once it may run again: aws lambda delete-function-concurrency --function-name ${functions[name]}`,
    ),
  );
}

function checkSchedule(name: string, schedule: string, state: string | undefined): Check {
  const check = `schedule of ${name}`;
  if (state === "ENABLED") return ok(check, "enabled");
  return state === undefined
    ? failed(check, `${schedule} does not exist any more, so that nothing starts the function; deploy the stack anew`)
    : failed(check, `${schedule} is disabled, so that nothing starts the function; enable it in EventBridge Scheduler`);
}

function checkRole(name: string, role: string, isIn: boolean, { cluster }: Found): Check {
  return isIn
    ? ok(`role of ${name}`, "has its access entry in the cluster")
    : failed(
        `role of ${name}`,
        `${role} has no access entry in ${cluster} any more, so that the API server does not know it; make it again as the stack has it (aws eks create-access-entry --cluster-name ${cluster} --principal-arn ${role})`,
      );
}

function checkLastPass(last: LastPass | undefined, now: number): Check {
  if (last === undefined)
    return failed(
      "last pass",
      "none over every service has ended within 3 hours; see whether the schedule is on, and the log of ScheduledReconcile",
    );
  const minutes = Math.max(1, Math.round((now - last.at) / 60_000));
  const says = `${new Date(last.at).toISOString().slice(0, 16)}Z, ${counted(minutes, "minute")} ago`;
  return last.isOk
    ? ok("last pass", `${says}: it succeeded`)
    : failed("last pass", `${says}: it could not read or write something; the query "What failed?" says what`);
}

function checkAlarms({ alarms }: Found, ringing: readonly { name: string; meaning: string }[]): readonly Check[] {
  if (alarms.length === 0) return [warning("alarms", "there are none: the prop `alarms` is false")];
  return ringing.length === 0
    ? [ok("alarms", `none of ${alarms.length} rings`)]
    : ringing.map(({ name, meaning }) => warning(`alarm ${name}`, `rings: ${meaning}`));
}

function checkQueues({
  scopes,
  deadLetters,
  failures,
}: Readonly<Record<keyof Found["queues"], number>>): readonly Check[] {
  const lost = [
    ...(deadLetters === 0
      ? []
      : [
          warning(
            "queue DeadLetters",
            `${counted(deadLetters, "message")} failed too often, or never reached the queue; each says which event it was, the log of EventReconcile says why`,
          ),
        ]),
    ...(failures === 0
      ? []
      : [
          warning(
            "queue Failures",
            `${counted(failures, "invocation")} failed or could not be made within two weeks; each message says why`,
          ),
        ]),
  ];
  return [ok("queue Scopes", scopes === 0 ? "nothing waits" : `${counted(scopes, "message")} waiting`), ...lost];
}
