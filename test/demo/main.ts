import { once } from "node:events";
import { parseArgs, styleText } from "node:util";
import { renderReport } from "../../functions/cli/render.ts";
import { byText } from "../../functions/core/model.ts";
import type { Verb } from "../../functions/cli/render-changes.ts";
import { defaultOptions } from "../emulators/cloudmap/options.ts";
import { seedDeployments } from "../emulators/kubernetes/controllers/seed.ts";
import { startControllers } from "../emulators/kubernetes/controllers/start.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { openStage } from "../support/stage.ts";
import type { Stage } from "../support/stage.ts";
import { walkthrough } from "../support/walkthrough.ts";
import { LIFELIKE, rehearse } from "./rehearsal.ts";

const { values } = parseArgs({
  options: { serve: { type: "boolean", default: false }, migrate: { type: "boolean", default: false } },
});
const namespace = walkthrough.kubernetesNamespace;
if (values.migrate) await rehearse();
else await demonstrate();

async function demonstrate(): Promise<void> {
  const stage = await openStage();
  // In the story nobody waits for what takes seconds in life.
  stage.cloudMap.options.operationDelayMs = 200;
  await tellStory(stage);
  if (values.serve) await keepServing(stage);
  await stage.close();
}

async function tellStory({ kubernetes, pass, discover, registerForeign }: Stage): Promise<void> {
  const isColoured = process.stdout.isTTY;
  const chapter = (title: string) =>
    console.log(`\n${isColoured ? styleText("bold", `== ${title}`) : `== ${title}`}\n`);
  const told = async (verb: Verb) =>
    console.log(renderReport(await pass({ dryRun: verb === "plan" }), verb, { isColoured, width: 120 }));

  console.log(
    "A Kubernetes API and AWS Cloud Map, both emulated here, with the pods of App Mesh's walkthrough howto-k8s-cloudmap:",
  );
  for (const { name, ip } of walkthrough.pods) console.log(`  ${name}  ${ip}`);

  chapter("plan: what is missing in Cloud Map");
  await told("plan");

  chapter("apply: register it");
  await told("apply");

  for (const { service, queryParameters } of walkthrough.queries) {
    const [asked = ""] = Object.entries(queryParameters).map(([key, value]) => ` with ${key}=${value}`);
    chapter(`DiscoverInstances: ${service}${asked}`);
    for (const { InstanceId, HealthStatus, Attributes } of await discover(service, queryParameters)) {
      console.log(`  ${InstanceId}  ${HealthStatus}`);
      for (const [key, value] of Object.entries(Attributes ?? {}).toSorted(([a], [b]) => byText(a, b)))
        console.log(`    ${key} = ${value}`);
    }
  }

  chapter("colorapp-blue is scaled to three");
  for (const [suffix, ip] of [
    ["x2x2x", "192.168.50.138"],
    ["x3x3x", "192.168.50.139"],
  ] as const)
    putPod(suffix, ip);
  await told("apply");

  chapter("front's pod is replaced, and its old IP goes to a new pod of colorapp-blue");
  kubernetes.remove({ kind: "Pod", name: "front-667ff84fd-g85p8", namespace });
  putPod("y4y4y", "192.168.84.178");
  kubernetes.put(
    podObject({
      name: "front-667ff84fd-z5z5z",
      namespace,
      ip: "192.168.84.200",
      labels: { app: "front", version: "v1" },
      owner: "front-667ff84fd",
    }),
  );
  await told("apply");

  chapter("a pod turns unready, and a foreign instance appears in colorapp");
  putPod("x2x2x", "192.168.50.138", false);
  await registerForeign("colorapp", "10.1.2.3", {
    AWS_INSTANCE_IPV4: "10.1.2.3",
    ECS_CLUSTER_NAME: "legacy",
    version: "green",
  });
  await told("apply");
  console.log(
    `DiscoverInstances still answers with the foreign one: ${(await discover("colorapp", { version: "green" })).map(({ InstanceId }) => InstanceId).join()}`,
  );

  chapter(
    "a job has left 600 finished pods, and the token is refused after the first page of the list: nothing is removed",
  );
  const before = await discover("colorapp");
  kubernetes.remove({ kind: "Pod", name: "colorapp-red-7997f7f687-t4k98", namespace });
  for (let index = 0; index < 600; index++)
    kubernetes.put(podObject({ name: `job-${index}`, namespace, ip: null, phase: "Succeeded" }));
  kubernetes.options.fault = ({ query }) => ("continue" in query ? { kind: "status", status: 401 } : undefined);
  await told("apply");
  kubernetes.options.fault = undefined;
  for (let index = 0; index < 600; index++) kubernetes.remove({ kind: "Pod", name: `job-${index}`, namespace });
  console.log(
    `Instances of colorapp before and after, the foreign one among them: ${before.length} and ${(await discover("colorapp")).length}`,
  );

  chapter("it answers again: the pod that went meanwhile is removed, and a last plan finds no drift");
  await told("apply");
  await told("plan");

  function putPod(suffix: string, ip: string, ready = true): void {
    const owner = "colorapp-blue-558b8698b5";
    kubernetes.put(
      podObject({
        name: `${owner}-${suffix}`,
        namespace,
        ip,
        ready,
        labels: { app: "colorapp", version: "blue" },
        owner,
      }),
    );
  }
}

async function keepServing({ kubernetes, cloudMap, cloudMapUrl, kubeconfig, config }: Stage): Promise<void> {
  cloudMap.options.operationDelayMs = defaultOptions().operationDelayMs;
  Object.assign(kubernetes.options, LIFELIKE);
  seedDeployments(kubernetes);
  startControllers(kubernetes);
  console.log(`
Both servers stay up. In another terminal:

  export KUBECONFIG=${kubeconfig} AWS_ENDPOINT_URL_SERVICEDISCOVERY=${cloudMapUrl} AWS_DISABLE_HOST_PREFIX_INJECTION=true
  export AWS_REGION=us-west-2 AWS_DEFAULT_REGION=us-west-2 AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo
  kubectl get pods -o wide
  kubectl delete pod colorapp-blue-558b8698b5-p98kb
  kubectl scale deployment colorapp-blue --replicas=5
  npm run -s cli -- plan --config ${config} --kubeconfig ${kubeconfig}
  npm run -s cli -- apply --config ${config} --kubeconfig ${kubeconfig}
  aws servicediscovery discover-instances --namespace-name ${walkthrough.cloudMapNamespace.name} --service-name colorapp --query-parameters version=blue

Control-C ends them.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
