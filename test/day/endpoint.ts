import { Agent, createServer, request } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiServer } from "../support/api-proxy.ts";
import { createServerIdentity } from "../support/certificates.ts";
import { CLUSTER } from "../support/deployment.ts";
import type { Deployment } from "../support/deployment.ts";

/** Where EKS says that the cluster is. */
export type Endpoint = {
  readonly url: string;
  readonly ca: string;
  /** The lists of pods that were asked for, the oldest first. */
  readonly lists: readonly PodList[];
  readonly close: () => Promise<void>;
};

/** A list of pods, or its first page. `namespace`: undefined where it is of all; `selector`: empty where it is of every pod. */
export type PodList = {
  /** The access key id that signed its token: in a deployment of the tests, the function's name. */
  readonly caller: string;
  readonly namespace: string | undefined;
  readonly selector: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** Whom EKS would take the functions' role for, as infra/rbac.yaml names them. */
const IDENTITY = { "impersonate-user": "sync", "impersonate-group": ["eks-cloudmap-sync", "system:authenticated"] };
const PODS = /^\/api\/v1\/(?:namespaces\/(?<namespace>[^/]+)\/)?pods$/;
const TOKEN = /^Bearer k8s-aws-v1\.(?<url>.*)$/;

/** The API server as EKS shows it: whoever has a token of AWS's is let in as the functions' role. Answers go on as they come. */
export async function openEndpoint({ url, token, ca: trusted }: ApiServer): Promise<Endpoint> {
  const { ca, ...tls } = await createServerIdentity();
  const agent = new Agent({ keepAlive: true, ...(trusted === undefined ? {} : { ca: trusted }) });
  const lists: PodList[] = [];
  const pass = (asked: IncomingMessage, answer: ServerResponse) => {
    lists.push(...listsOf(asked));
    const headers = { accept: asked.headers.accept, authorization: `Bearer ${token}`, ...IDENTITY };
    const onward = request(new URL(asked.url ?? "/", url), { agent, method: asked.method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers);
      answer.flushHeaders();
      answered.on("error", () => answer.destroy());
      answered.pipe(answer);
    });
    // As a load balancer does whose target has gone.
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    onward.end();
  };
  const server = createServer(tls, pass);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca,
    lists,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      agent.destroy();
    },
  };
}

/** None where it asks for something else: a watch, a later page, or whether there is any pod at all. */
function listsOf({ url = "/", headers }: IncomingMessage): readonly PodList[] {
  const { pathname, searchParams: query } = new URL(url, "https://endpoint");
  const found = PODS.exec(pathname);
  if (found === null || query.has("watch") || query.has("continue") || query.get("limit") === "1") return [];
  const signed = Buffer.from(TOKEN.exec(headers.authorization ?? "")?.groups?.["url"] ?? "", "base64url").toString();
  const [caller = ""] = (new URLSearchParams(signed).get("X-Amz-Credential") ?? "").split("/");
  return [
    { caller, namespace: found.groups?.["namespace"], selector: query.get("labelSelector") ?? "", at: Date.now() },
  ];
}

/** Has EKS show it as the deployment's cluster. */
export function showCluster({ eks }: Deployment, { url, ca }: Endpoint): void {
  const cluster = eks.clusters.get(CLUSTER);
  if (cluster === undefined) throw new Error(`there is no cluster ${CLUSTER}`);
  eks.clusters.set(CLUSTER, { ...cluster, endpoint: url, ca });
}
