import { gzipSync } from "node:zlib";
import { errorText } from "../functions/cli/error-text.ts";
import { bounded } from "../functions/core/bounded.ts";
import { readSelector } from "../functions/core/selectors.ts";
import { parseKubeconfig } from "../functions/kubernetes/kubeconfig/document.ts";
import { formatSelector } from "../functions/mappings/label-selector.ts";
import { checkConfiguration, parseConfiguration } from "../functions/runtime/configuration/document.ts";
import { selectorProblem } from "../functions/runtime/configuration/selector.ts";
import { parseAuditLog } from "../functions/triggers/audit-log.ts";
import { parseBatch } from "../functions/triggers/batch.ts";
import { parseResync } from "../functions/triggers/resync.ts";
import { renderTable } from "./table.ts";

const ROUNDS = 30;
const DOCUMENT = { cluster: "a", namespaces: ["x"] };

const times = <T>(count: number, make: (n: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, n) => make(n));
const entry = (n: number) =>
  JSON.stringify({ verb: "create", objectRef: { resource: "pods", namespace: `team-${n}` } });
const delivery = (messages: readonly string[]) => {
  const logEvents = messages.map((message) => ({ message }));
  return { awslogs: { data: gzipSync(JSON.stringify({ messageType: "DATA_MESSAGE", logEvents })).toString("base64") } };
};

/** Inputs that grow, each with how large the small one is, and what reads them. */
const READERS: readonly (readonly [string, number, (size: number) => () => unknown])[] = [
  [
    "document: mappings, retired",
    500,
    (size) => {
      const mappings = times(size, (n) => ({ service: `s${n}`, pods: { namespace: "a" } }));
      const document = { ...DOCUMENT, mappings, retired: times(size, (n) => `r${n}`) };
      return () => checkConfiguration(document, "x");
    },
  ],
  [
    "document: unknown keys",
    2_000,
    (size) => {
      const document = { ...DOCUMENT, ...Object.fromEntries(times(size, (n) => [`key${n}`, 1])) };
      return () => checkConfiguration(document, "x");
    },
  ],
  ["document: YAML that never closes", 500, (size) => () => parseConfiguration("[".repeat(size), "x")],
  [
    "kubeconfig: users",
    500,
    (size) => {
      const text = JSON.stringify({ users: times(size, (n) => ({ name: `u${n}`, user: {} })) });
      return () => parseKubeconfig("x", "/", text);
    },
  ],
  ["selector: blanks and commas", 5_000, (size) => () => selectorProblem(`a in (${" , ".repeat(size)}!)`)],
  ["selector: requirements", 2_000, (size) => () => selectorProblem(times(size, () => "a").join(","))],
  ["selector: read", 2_000, (size) => () => readSelector(times(size, () => "a in (b,c)").join(","))({})],
  [
    "claim: values of a selector",
    2_000,
    (size) => {
      const matchExpressions = [{ key: "a", operator: "In" as const, values: times(size, (n) => `v${n}`) as string[] }];
      return () => formatSelector({ matchExpressions });
    },
  ],
  [
    "audit log: entries",
    2_000,
    (size) => {
      const event = delivery(times(size, entry));
      return () => parseAuditLog(event);
    },
  ],
  [
    "audit log: a line that is cut off",
    20_000,
    (size) => {
      const event = delivery(['{"verb":"'.repeat(size)]);
      return () => parseAuditLog(event);
    },
  ],
  [
    "queue: messages",
    2_000,
    (size) => {
      const Records = times(size, (n) => ({ messageId: `${n}`, body: '{"scope":{"kind":"all"}}' }));
      return () => parseBatch({ Records }, "prod");
    },
  ],
  [
    "resync: unknown keys",
    5_000,
    (size) => {
      const payload = Object.fromEntries(times(size, (n) => [`key${n}`, 1]));
      return () => parseResync(payload);
    },
  ],
  ["names: control characters", 20_000, (size) => () => bounded("\u0000".repeat(size), 100)],
  ["errors: control characters", 100_000, (size) => () => errorText(new Error("\u0001".repeat(size)), false)],
];

/** What doubles with the input takes about twice as long; what grows with its square takes four times, and a hostile input would find it. */
export async function measureGrowth(): Promise<string> {
  const rows = READERS.map(([input, size, read]) => {
    const [once, twice, fourfold] = [1, 2, 4].map((factor) => milliseconds(read(factor * size)));
    return {
      input,
      size,
      ms: (once ?? 0).toFixed(2),
      "× at twice": ((twice ?? 0) / (once ?? 1)).toFixed(1),
      "× at four times": ((fourfold ?? 0) / (once ?? 1)).toFixed(1),
    };
  });
  return renderTable(["input", "size", "ms", "× at twice", "× at four times"], ["input"], rows);
}

/** The fastest of some rounds, as others keep the machine busy; what is refused counts as read. */
function milliseconds(read: () => unknown): number {
  const measured = times(ROUNDS, () => {
    const begun = performance.now();
    try {
      read();
    } catch {
      // A message is an answer.
    }
    return performance.now() - begun;
  });
  return Math.min(...measured);
}
