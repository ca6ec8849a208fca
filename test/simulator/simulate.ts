import { ec2Handler, createEc2 } from "../emulators/ec2/handler.ts";
import { connectTo } from "./api-server.ts";
import { withBackend } from "./clients.ts";
import type { createClients } from "./clients.ts";
import { createCloud, refusalOf } from "./cloud.ts";
import { installTime } from "./clock.ts";
import { createCluster } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { settleApps } from "./cluster-events.ts";
import { createFaults } from "./faults.ts";
import { createJudge } from "./judge.ts";
import type { Violation } from "./judge.ts";
import { perform } from "./perform.ts";
import { createProcesses } from "./processes.ts";
import { createRandom } from "./random.ts";
import { calm } from "./calm.ts";
import type { Connection } from "../../functions/kubernetes/connection.ts";
import { notLost, pickAt } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { seconds, tell } from "./story.ts";
import type { ClusterSetup, Story } from "./story.ts";

export type Played = {
  readonly violations: readonly Violation[];
  /** A line an event, and what came of it. */
  readonly lines: readonly string[];
  readonly faults: number;
  readonly writes: number;
  readonly passes: number;
};

/** Midnight, of a day like any other. */
const BEGIN = Date.UTC(2026, 10, 1);

/** Plays a story to its end, in a world and a time of its own. */
export async function simulate(story: Story, clients: Awaited<ReturnType<typeof createClients>>): Promise<Played> {
  const { setup } = story;
  const random = createRandom(story.seed);
  const time = installTime(BEGIN, random.fork());
  try {
    const lines: string[] = [];
    const say = (line: string) => lines.push(`${seconds(time.now() - BEGIN)} ${line}`);
    const faults = createFaults(time, random.fork());
    const [ofCloud, ofStage, chance] = [random.fork(), random.fork(), random.fork()];
    const documents = [...setup.documents];
    const judge = createJudge(
      { clusters: () => clusters, cloud: () => cloud, documents, time, lag: setup.cloudMap.lag },
      say,
    );
    let isSettled = false;
    const clusters: Cluster[] = [];
    const connections: Connection[] = [];
    const found = (one: ClusterSetup): Cluster => {
      const made = time.within(0, () => createCluster(one, time, () => isSettled && judge.refresh()));
      clusters.push(made);
      connections.push(connectTo(made, one.pageSize, faults, time, chance));
      return made;
    };
    for (const one of setup.clusters) found(one);
    const [cluster] = clusters;
    if (cluster === undefined) throw new RangeError("a world needs a cluster");
    const cloud = time.within(0, () => createCloud(setup, faults, time, ofCloud, judge));
    const stage: Stage = { time, random: ofStage, clusters, cluster, found, cloud, faults, judge, documents };
    const processes = createProcesses(
      stage,
      ({ place }) => ({ ...clients, connection: connectionAt(connections, place) }),
      say,
    );
    const backend = {
      cloudMap: (operation: string, body: string) => cloud.send(operation, body),
      ec2: (form: string) => describeMachines(form, stage),
    };
    await time.within(0, () =>
      withBackend(backend, async () => {
        for (const one of clusters) settleApps({ ...stage, cluster: one });
        isSettled = true;
        judge.refresh();
        for (const event of story.events)
          time.at(BEGIN + event.at, () => {
            lines.push(tell(event));
            perform({ ...stage, cluster: pickAt(notLost(stage), event.at) ?? cluster }, processes, event);
          });
        await time.run(BEGIN + setup.length);
        await calm(stage, processes, say);
      }),
    );
    return {
      violations: judge.violations,
      lines,
      faults: faults.count(),
      writes: cloud.writes(),
      passes: processes.passes(),
    };
  } finally {
    time.uninstall();
  }
}

function connectionAt(connections: readonly Connection[], place: number): Connection {
  const connection = connections[place];
  if (connection === undefined) throw new RangeError(`no cluster ${place}`);
  return connection;
}

async function describeMachines(
  form: string,
  { clusters, faults, time }: Stage,
): Promise<{ status: number; body: string }> {
  await time.pause(20);
  const fault = faults.strike("ec2");
  const refused = refusalOf(fault === "silent" ? "error" : fault);
  if (refused !== undefined)
    return {
      status: refused.status,
      body: "<Response><Errors><Error><Code>InternalError</Code><Message>it went wrong</Message></Error></Errors></Response>",
    };
  const world = createEc2();
  for (const { machine, isLost } of clusters.flatMap(({ nodes }) => nodes))
    world.instances.set(machine, isLost ? "terminated" : "running");
  const response = await ec2Handler(world)({ text: () => Promise.resolve(form) } as Request);
  return { status: response.status, body: await response.text() };
}
