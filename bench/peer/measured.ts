import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What one process took, from its start to its end. Seconds; CPU is of all its threads; the peak is resident memory in MB. */
export type Taken = { readonly seconds: number; readonly cpu: number; readonly peak: number };

export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The part of one CPU that it gets, as Lambda gives by memory; all of it by default. */
  readonly share?: number | undefined;
};

/** What the kernel counted of a process, and of those that it has waited for; Python's library asks it, Node's does not. */
const COUNT = `
import json, resource, subprocess, sys, time
begun = time.monotonic()
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump([time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024], file)
sys.exit(code)
`;
const PERIOD_US = 100_000;

/** A sentence that says why no process can be given a share here; undefined: it can. */
export function missingShares(): string | undefined {
  return groups() === undefined ? "control groups may not be written here: run it as root on Linux" : undefined;
}

/** Runs a command to its end; throws where it fails. */
export async function measure({ program, args, env, share }: Command): Promise<Taken> {
  const folder = mkdtempSync(join(tmpdir(), "measured-"));
  const group = share === undefined ? undefined : createGroup(share);
  const file = join(folder, "taken");
  const timed = ["python3", "-c", COUNT, file, program, ...args];
  // The shell enters the group, and what it becomes stays in it.
  const [first = "", ...rest] =
    group === undefined ? timed : ["sh", "-c", `echo $$ > ${group.procs} && exec "$@"`, "sh", ...timed];
  try {
    const child = spawn(first, rest, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: process.env["PATH"], ...env },
    });
    let words = "";
    child.stderr.on("data", (piece) => (words = `${words}${String(piece)}`.slice(-4_000)));
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${words}`);
    const [seconds, cpu, peak] = JSON.parse(readFileSync(file, "utf8")) as readonly [number, number, number];
    return { seconds, cpu, peak };
  } finally {
    group?.remove();
    rmSync(folder, { recursive: true });
  }
}

/** The median of each. */
export function medianOf(all: readonly Taken[]): Taken {
  const middle = (of: (taken: Taken) => number) => all.map(of).toSorted((a, b) => a - b)[all.length >> 1] ?? NaN;
  return { seconds: middle(({ seconds }) => seconds), cpu: middle(({ cpu }) => cpu), peak: middle(({ peak }) => peak) };
}

type Groups = { readonly folder: string; readonly limit: (share: number) => readonly (readonly [string, string])[] };

/** Of either version, as the kernel's documents have them (admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst). */
function groups(): Groups | undefined {
  const versions: readonly Groups[] = [
    {
      folder: "/sys/fs/cgroup/cpu",
      limit: (share) => [
        ["cpu.cfs_period_us", String(PERIOD_US)],
        ["cpu.cfs_quota_us", String(Math.round(share * PERIOD_US))],
      ],
    },
    { folder: "/sys/fs/cgroup", limit: (share) => [["cpu.max", `${Math.round(share * PERIOD_US)} ${PERIOD_US}`]] },
  ];
  return process.getuid?.() === 0 ? versions.find(({ folder }) => existsSync(join(folder, "cgroup.procs"))) : undefined;
}

function createGroup(share: number): { readonly procs: string; readonly remove: () => void } {
  const found = groups();
  if (found === undefined) throw new Error(missingShares());
  const folder = join(found.folder, `bench-${process.pid}`);
  mkdirSync(folder);
  for (const [name, value] of found.limit(share)) writeFileSync(join(folder, name), value);
  return { procs: join(folder, "cgroup.procs"), remove: () => rmdirSync(folder) };
}
