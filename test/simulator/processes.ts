import type { Scope } from "../../functions/core/model.ts";
import type { Report } from "../../functions/core/report.ts";
import type { PodChange } from "../../functions/kubernetes/known-pods.ts";
import { projectPod } from "../../functions/kubernetes/pods.ts";
import { composeProcess, NotComposedError } from "./composition.ts";
import type { Composed, Kind, Outside } from "./composition.ts";
import { beginPass, withinPass } from "./passes.ts";
import type { Pass, Process } from "./passes.ts";
import { clusterOf } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { Document } from "./story.ts";

/** How long a document that was read is used again, in milliseconds. */
const MEMORY = 60_000;
/** How much longer a watch has than it follows, in milliseconds. */
const MARGIN = 25_000;

export type Ask = {
  readonly cause: string;
  readonly index: number;
  readonly scopes: readonly Scope[];
  readonly sweep: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly isCold: boolean;
  /** How much time the function has, in milliseconds. */
  readonly left: number;
  /** By how much the clock of a new process is off, in milliseconds. */
  readonly skew: number;
};

type Running = {
  readonly index: number;
  /** When it read the document, in milliseconds since the epoch. */
  readAt: number;
  readonly process: Process;
  composed: Composed;
  document: Document;
  readonly cause: string;
  readonly skew: number;
  isBusy: boolean;
};

/** The product's processes: one does one thing at a time, and is used again until it dies or its document changes. */
export type Processes = {
  readonly pass: (ask: Ask) => Promise<Report | undefined>;
  readonly watch: (index: number, lasts: number, skew: number) => void;
  /** A person takes all instances of a document's owner out. `left`: for how long it is tried, in milliseconds. */
  readonly destroy: (index: number, left: number) => Promise<void>;
  /** Lets the one that began last die at one of its next calls. */
  readonly kill: (afterCalls: number) => void;
  readonly killAll: () => void;
  /** Passes under way. */
  readonly underWay: () => number;
  readonly passes: () => number;
};

/** What holds a document's passes back, and what they would take over, has no say in it. */
function asDestroyed(document: Document): Document {
  return { ...document, policy: "sync", adopt: { appMesh: "off" } };
}

export function createProcesses(
  stage: Stage,
  outside: (document: Document) => Outside,
  tell: (line: string) => void,
): Processes {
  const { time, documents, judge } = stage;
  const running: Running[] = [];
  const underWay = new Set<Pass>();
  let count = 0;

  const documentOf = (index: number): Document => {
    const document = documents[index];
    if (document === undefined) throw new RangeError(`no document ${index}`);
    return document;
  };
  const start = ({ cause, index, skew }: Pick<Ask, "cause" | "index" | "skew">, kind: Kind): Running => {
    const document = kind.destroys === true ? asDestroyed(documentOf(index)) : documentOf(index);
    const process: Process = { isFrequent: kind.isFrequent, isDead: false, callsLeft: Infinity };
    const begun: Running = {
      index,
      readAt: time.now(),
      process,
      composed: composeProcess(document, outside(document), kind),
      document,
      cause,
      skew,
      isBusy: false,
    };
    running.push(begun);
    return begun;
  };
  const find = (ask: Ask): Running => {
    const { cause, index, isCold } = ask;
    const idle = running.find(
      (one) => one.cause === cause && !one.isBusy && !one.process.isDead && one.document === documents[index],
    );
    return idle === undefined || isCold ? start(ask, { isFrequent: false }) : idle;
  };

  /** The process again, by the document as it is now where that is known by now. */
  const renewed = (one: Running): Running => {
    if (documents[one.index] === one.document || time.now() - one.readAt < MEMORY) return one;
    const document = documentOf(one.index);
    const composed = composeProcess(document, outside(document), { isFrequent: true });
    return Object.assign(one, { document, composed, readAt: time.now() });
  };

  const passOf = async (one: Running, ask: Ask): Promise<Report | undefined> => {
    count += 1;
    const name = `${ask.cause} ${count}`;
    const { index, force, dryRun, left } = ask;
    const pass = beginPass({
      name,
      index,
      document: one.document,
      force,
      dryRun,
      began: time.now(),
      process: one.process,
    });
    let hasBegun = false;
    underWay.add(pass);
    time.at(time.now() + left, () => {
      if (!underWay.has(pass) || one.process.isDead) return;
      // Until it is known whose the instances are nothing is begun, and nothing lost.
      if (hasBegun) judge.blame("a pass did not end in time", `${name} had ${left / 1000} s`);
      one.process.isDead = true;
      underWay.delete(pass);
    });
    tell(
      `-> ${name} begins${one.process.callsLeft === Infinity ? "" : `, and dies after ${one.process.callsLeft} calls`}`,
    );
    try {
      const report = await withinPass(pass, () =>
        one.composed.pass({ scopes: ask.scopes, sweep: ask.sweep, force, dryRun, left }, () => {
          hasBegun = true;
        }),
      );
      tell(
        `<- ${name} ends${report.ok ? "" : `: ${[...report.errors, ...report.services.flatMap(({ error }) => error ?? [])].join("; ").slice(0, 300)}`}`,
      );
      for (const service of report.services)
        for (const { id, reason, kind } of service.held)
          tell(`   ${name}: held ${kind} ${service.namespace}/${service.service} ${id}: ${reason}`);
      return report;
    } catch (error) {
      if (error instanceof NotComposedError) tell(`<- ${name} did not begin: ${error.message}`);
      else judge.blame("a pass failed as a whole", `${name}: ${String(error)}`);
      return undefined;
    } finally {
      underWay.delete(pass);
    }
  };

  return {
    pass: async (ask) => {
      const one = find(ask);
      one.isBusy = true;
      const report = await time.within(one.skew, () => passOf(one, ask));
      one.isBusy = false;
      return report;
    },
    watch: (index, lasts, skew) => {
      const one = start({ cause: "watch", index, skew }, { isFrequent: true });
      one.isBusy = true;
      const over = new AbortController();
      time.at(time.now() + lasts, () => over.abort());
      const changes = (signal: AbortSignal, told: (change: PodChange) => void) =>
        new Promise<void>((resolve) => {
          const stop = clusterOf(stage, one.document).api.store.subscribe(({ storage, object, previous }) => {
            if (storage !== "/pods" || one.process.isDead) return;
            const seen = [previous, object].flatMap((pod) => (pod === undefined ? [] : [projectPod(pod)]));
            const { key } = projectPod(object);
            time.at(time.now() + 30, () => told({ key, seen }));
          });
          signal.addEventListener("abort", () => {
            stop();
            resolve();
          });
        });
      const ask: Ask = {
        cause: "watch",
        index,
        scopes: [],
        sweep: false,
        force: false,
        dryRun: false,
        isCold: false,
        left: 0,
        skew,
      };
      const end = time.now() + lasts + MARGIN;
      void time.within(skew, () =>
        one.composed
          .follow({
            signal: over.signal,
            limit: Date.now() + lasts + MARGIN - 1_500,
            changes,
            pass: (scopes) => passOf(renewed(one), { ...ask, scopes, left: Math.max(0, end - time.now()) }),
          })
          .catch((error: unknown) => {
            if (!(error instanceof NotComposedError))
              judge.blame("a pass failed as a whole", `watch: ${String(error)}`);
          }),
      );
    },
    destroy: async (index, left) => {
      const everything = { scopes: [{ kind: "all" }], sweep: true, force: true, dryRun: false, isCold: true } as const;
      const ask: Ask = { cause: "destroy", index, ...everything, left, skew: 0 };
      const one = start(ask, { isFrequent: false, destroys: true });
      one.isBusy = true;
      await passOf(one, ask);
      one.isBusy = false;
    },
    kill: (afterCalls) => {
      const one = running.findLast(({ process, isBusy }) => isBusy && !process.isDead);
      if (one === undefined) return;
      one.process.callsLeft = afterCalls;
      for (const pass of underWay) if (pass.process === one.process) underWay.delete(pass);
    },
    killAll: () => {
      for (const { process } of running) process.isDead = true;
      underWay.clear();
    },
    underWay: () => underWay.size,
    passes: () => count,
  };
}
