import { parseConfiguration } from "../../runtime/configuration/document.ts";
import { COMMIT, VERSION } from "../../runtime/version.ts";
import { keepInSync } from "../../runtime/watch/keep-in-sync.ts";
import { renderAbout } from "../about.ts";
import type { About } from "../about.ts";
import { accessOf, checkCredentials, readDocument } from "../session.ts";
import type { Options, Terminal } from "../session.ts";
import { createLog } from "./log.ts";

export type FollowOptions = Options & { readonly newCluster?: boolean };

/** How long what is under way may take to end once it is to, in milliseconds: less than the 30 s that Kubernetes gives a pod. */
const GRACE = 20_000;

/** Keeps Cloud Map in sync until somebody interrupts. `about`: with what it begins. Returns the exit code. */
export async function runFollow(options: FollowOptions, about: About, terminal: Terminal): Promise<0> {
  const { config = "-", output, newCluster = false } = options;
  const log = createLog(terminal, output);
  const stop = new AbortController();
  terminal.onStop(() => stop.abort());
  await checkCredentials(terminal);
  // Standard input is read once; a file may be written anew, as a ConfigMap is.
  const given = config === "-" ? await readDocument(config, terminal) : undefined;
  const readConfiguration = async () => {
    const text = given ?? (await readDocument(config, terminal));
    return { text, configuration: parseConfiguration(text, config === "-" ? "standard input" : config) };
  };
  if (output === "table") terminal.out(renderAbout(about, terminal.style));
  log.info("keeping Cloud Map in sync", { version: VERSION, commit: COMMIT, ...(output === "json" ? { about } : {}) });
  const keeping = keepInSync({
    readConfiguration,
    access: accessOf(options),
    environment: terminal.environment,
    newCluster,
    log,
    signal: stop.signal,
  });
  if (!(await endsInTime(keeping, stop.signal)))
    log.warn("ended while a pass was under way; what it has sent takes effect, and the next one completes it");
  log.info("ended");
  return 0;
}

/** Whether it has ended within its grace once it was to. */
async function endsInTime(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    signal.addEventListener("abort", () => (timer = setTimeout(() => resolve(false), GRACE)));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
