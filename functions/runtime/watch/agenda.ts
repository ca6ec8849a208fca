/** Things that wait for a pass, each once by its name, until their time has come. Times are milliseconds since the epoch. */
export type Agenda<T> = {
  /** What waits already keeps the earlier time. */
  readonly add: (name: string, thing: T, due: number) => void;
  /** Waits until the first of them is due, or the signal. */
  readonly wait: (signal: AbortSignal) => Promise<void>;
  /** Takes out those that are due by `until`, by their names. */
  readonly take: (until: number) => ReadonlyMap<string, T>;
};

export function createAgenda<T>(): Agenda<T> {
  const waiting = new Map<string, { readonly thing: T; readonly due: number }>();
  let added: (() => void) | undefined;
  const nextDue = () => waiting.values().reduce((earliest, { due }) => Math.min(earliest, due), Infinity);
  const wait = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const left = nextDue() - Date.now();
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
    add: (name, thing, due) => {
      const before = waiting.get(name)?.due ?? Infinity;
      waiting.set(name, { thing, due: Math.min(due, before) });
      // Whoever waits for an earlier one need not wake up.
      if (due < before) added?.();
    },
    wait,
    take: (until) => {
      const taken = new Map<string, T>();
      for (const [name, { thing, due }] of waiting) if (due <= until) taken.set(name, thing);
      for (const name of taken.keys()) waiting.delete(name);
      return taken;
    },
  };
}
