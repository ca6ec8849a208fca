import { messageOf } from "../core/errors.ts";
import type { Report, ServiceReport } from "../core/report.ts";
import type { AskRight, Denial, Write } from "../core/rights.ts";
import type { Settings } from "../core/settings.ts";
import { findService } from "./check-services.ts";
import { failed, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import { isClaimedBy } from "../runtime/remarks/is-claimed-by.ts";
import { listSome } from "./text.ts";
import type { Reads } from "../runtime/remarks/record.ts";

/** So many services are asked about: Cloud Map lets an account begin with as many writes at once, and others write too. */
const MOST = 100;

type Deciding = Pick<Settings, "policy" | "createServices" | "deleteServices">;

/**
 * A line for each right to write that this identity lacks, with the statement that gives it. Who lacks them all is somebody who
 * only reads: that is a warning.
 */
export async function checkRights(
  report: Report,
  reads: Reads,
  settings: Deciding,
  ask: AskRight,
): Promise<readonly Check[]> {
  const needed = report.services
    .map((service) => writesOf(service, reads, settings))
    .filter(({ length }) => length > 0);
  const writes = [
    ...new Map(
      needed
        .slice(0, MOST)
        .flat()
        .map((write) => [keyOf(write), write]),
    ).values(),
  ];
  if (writes.length === 0) return [];
  const answers = await Promise.all(writes.map((write) => settle(write, ask)));
  const denied = answers.flatMap(({ write, denial }) => (denial === undefined ? [] : [{ write, denial }]));
  const problems = new Set(answers.flatMap(({ problem }) => problem ?? []));
  const allowed = answers.filter(({ denial, problem }) => denial === undefined && problem === undefined);
  const tell = denied.length === writes.length ? tellReader : failed;
  const byRight = Map.groupBy(denied, ({ denial }) => denial.right);
  return [
    ...(allowed.length === 0 ? [] : [ok("rights", mayOf(allowed, needed.length, settings))]),
    ...[...byRight].map(([right, lacks]) => tell(`right ${right}`, lackOf(right, lacks))),
    ...[...problems].map((problem) => warning("rights", problem)),
  ];
}

/** What a pass may have to write there. A service that does not exist yet can be asked about once it does. */
function writesOf(service: ServiceReport, reads: Reads, settings: Deciding): readonly Write[] {
  const claims = reads.sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const claiming = claims.filter((claim) => isClaimedBy(service, claim, reads.namespaces));
  const policies = new Set(claiming.map(({ policy = settings.policy }) => policy));
  if (settings.policy === "dry-run" || ![...policies].some((policy) => policy !== "dry-run")) return [];
  const on = findService(service, reads);
  if (on === undefined) return settings.createServices ? creationOf(service, reads) : [];
  return [
    { operation: "RegisterInstance", on },
    ...(policies.has("sync") ? [{ operation: "DeregisterInstance", on } as const] : []),
    ...(on.health === "custom" ? [{ operation: "UpdateInstanceCustomHealthStatus", on } as const] : []),
  ];
}

function creationOf({ namespace }: ServiceReport, { namespaces }: Reads): readonly Write[] {
  return namespaces.flatMap(({ read }): readonly Write[] => {
    if ("failure" in read) return [];
    const { namespace: on } = read.value;
    return [on.name, on.id].includes(namespace) ? [{ operation: "CreateService", on }] : [];
  });
}

function keyOf({ operation, on }: Write): string {
  return `${operation} ${on.arn}`;
}

type Answer = { readonly write: Write; readonly denial?: Denial | undefined; readonly problem?: string };

async function settle(write: Write, ask: AskRight): Promise<Answer> {
  try {
    return { write, denial: await ask(write) };
  } catch (error) {
    return { write, problem: messageOf(error) };
  }
}

function mayOf(allowed: readonly Answer[], services: number, { deleteServices }: Deciding): string {
  const operations = [...new Set(allowed.map(({ write }) => write.operation))];
  const asked = services > MOST ? `; of ${services} services the first ${MOST} were asked about` : "";
  const unasked = deleteServices ? "; not asked: DeleteService, which cannot be asked without a service to lose" : "";
  return `this identity may ${operations.join(", ")} (asked by calls that Cloud Map refuses in any case, so that nothing changes)${asked}${unasked}`;
}

type Lack = { readonly write: Write; readonly denial: Denial };

/** So many services or namespaces are named; of more, a statement covers all services of the account. */
const SHOWN = 5;

function lackOf(right: string, lacks: readonly Lack[]): string {
  const names = lacks.map(({ write }) => nameOf(write));
  const [words] = lacks.map(({ denial }) => denial.words);
  const remedy = /explicit deny/.test(words ?? "")
    ? "a policy denies it on purpose, and no other can allow it then"
    : `add to the identity's policy: ${statementOf(right, lacks)}`;
  return `is missing on ${listSome(names, SHOWN)}: ${words}; ${remedy}`;
}

function nameOf({ on }: Write): string {
  return "namespace" in on ? `${on.namespace.name}/${on.name}` : on.name;
}

/** Tagging knows no resource; to create a service takes the namespace and the service to be. */
function statementOf(right: string, lacks: readonly Lack[]): string {
  const arns = [...new Set(lacks.map(({ write }) => write.on.arn))];
  const services = [...new Set(arns.map((arn) => arn.replace(/[^:]+$/, "service/*")))];
  const resources = arns.length > SHOWN ? services : arns;
  const Resource =
    right === "servicediscovery:TagResource"
      ? ["*"]
      : right === "servicediscovery:CreateService"
        ? [...arns, ...services]
        : resources;
  return JSON.stringify({ Effect: "Allow", Action: [right], Resource });
}

function tellReader(check: string, message: string): Check {
  return warning(check, `${message}. It lacks every right to write; whoever only reads needs none`);
}
