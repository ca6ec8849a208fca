/** Names that wait for a pass, each once, until their time has come. Times are milliseconds since the epoch. */
export type Agenda = {
  /** What waits already keeps the earlier time. */
  readonly add: (name: string, due: number) => void;
  /** Waits until the first of them is due, or the signal. */
  readonly wait: (signal: AbortSignal) => Promise<void>;
  /** Takes out those that are due by `until`; sorted. */
  readonly take: (until: number) => readonly string[];
};

export function createAgenda(): Agenda {
  const waiting = new Map<string, number>();
  let added: (() => void) | undefined;
  const wait = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const left = Math.min(...waiting.values()) - Date.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = Number.isFinite(left) ? setTimeout(go, left) : undefined;
        function go() {
          clearTimeout(timer);
          signal.removeEventListener("abort", go);
          resolve();
        }
        signal.addEventListener("abort", go);
        added = go;
      });
    }
  };
  return {
    add: (name, due) => {
      waiting.set(name, Math.min(due, waiting.get(name) ?? Infinity));
      added?.();
    },
    wait,
    take: (until) => {
      const taken = [...waiting].filter(([, due]) => due <= until).map(([name]) => name);
      for (const name of taken) waiting.delete(name);
      return taken.toSorted();
    },
  };
}
