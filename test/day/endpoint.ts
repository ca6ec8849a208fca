import { Agent, createServer, request } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiServer } from "../support/api-proxy.ts";
import { createServerIdentity } from "../support/certificates.ts";

/** Where EKS says that the cluster is. */
export type Endpoint = { readonly url: string; readonly ca: string; readonly close: () => Promise<void> };

/** Whom EKS would take the functions' role for, as infra/rbac.yaml names them. */
const IDENTITY = { "impersonate-user": "sync", "impersonate-group": ["eks-cloudmap-sync", "system:authenticated"] };

/** The API server as EKS shows it: whoever has a token of AWS's is let in as the functions' role. Answers go on as they come. */
export async function openEndpoint({ url, token, ca: trusted }: ApiServer): Promise<Endpoint> {
  const { ca, ...tls } = await createServerIdentity();
  const agent = new Agent({ keepAlive: true, ...(trusted === undefined ? {} : { ca: trusted }) });
  const pass = (asked: IncomingMessage, answer: ServerResponse) => {
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
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      agent.destroy();
    },
  };
}
