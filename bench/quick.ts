import { bundleCli, bundleFunctions } from "../infra/build/bundle.ts";
import { renderTable } from "./table.ts";
import { openGround } from "./peer/ground.ts";
import { fetchAll } from "./peer/limit.ts";
import { medianOf } from "./peer/measured.ts";
import type { Taken } from "./peer/measured.ts";

type Row = { readonly what: string; readonly got: number; readonly most: number; readonly least?: number };

const ROUNDS = 3;

/** In under a minute: calls exactly, memory and CPU with slack for a busy machine. Throws where one does not hold. */
export async function measureQuick(): Promise<string> {
  await Promise.all([bundleFunctions(), bundleCli()]);
  const rows = [...(await countCalls()), ...(await weighPasses()), await weighStart()];
  const table = renderTable(
    ["what", "got", "most"],
    ["what"],
    rows.map(({ what, got, most }) => ({ what, got: Number(got.toFixed(2)), most })),
  );
  const lost = rows.filter(({ got, most, least = 0 }) => !(got >= least && got <= most));
  if (lost.length > 0) throw new Error(`${table}\nlost: ${lost.map(({ what }) => what).join("; ")}`);
  return table;
}

/** 40 pods in 4 services. */
async function countCalls(): Promise<readonly Row[]> {
  const ground = await openGround({ services: 4, size: 10 });
  try {
    const [first, unchanged] = [await ground.cli(), await ground.lambda()];
    ground.replacePods(1);
    const replaced = await ground.lambda();
    return [
      exactly("calls of a first sync of 40 pods in 4 services", first.calls, 50),
      exactly("calls where nothing changed", unchanged.calls, 6),
      exactly("calls where one pod was replaced", replaced.calls, 10),
      exactly("writes where one pod was replaced", replaced.writes, 2),
    ];
  } finally {
    await ground.close();
  }
}

/** Passes over 1,000 pods in 10 services where nothing changed. */
async function weighPasses(): Promise<readonly Row[]> {
  const ground = await openGround({ services: 10, size: 100 }, { RegisterInstance: "5000:5000" });
  try {
    await ground.lambda();
    const answers = await ground.answersOfPass();
    const limit = await often(() => fetchAll(answers));
    const lambda = await often(() => ground.lambda({ passes: 4 }));
    const plan = await often(() => ground.cli("plan"));
    return [
      { what: "MB at the peak of a Lambda's four passes over 1,000 pods", got: lambda.peak, most: 110 },
      { what: "MB at the peak of a plan over 1,000 pods", got: plan.peak, most: 110 },
      {
        what: "CPU of a Lambda's start and four passes, × reading the bytes once",
        got: lambda.cpu / limit.cpu,
        most: 6,
      },
    ];
  } finally {
    await ground.close();
  }
}

async function weighStart(): Promise<Row> {
  const ground = await openGround({ services: 1, size: 1 });
  try {
    await ground.cli("plan");
    const plan = await often(() => ground.cli("plan"));
    return { what: "seconds of CPU of a plan of one service", got: plan.cpu, most: 0.5 };
  } finally {
    await ground.close();
  }
}

async function often(run: () => Promise<Taken>): Promise<Taken> {
  const all: Taken[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await run());
  return medianOf(all);
}

function exactly(what: string, got: number, wanted: number): Row {
  return { what, got, most: wanted, least: wanted };
}
