import { AsyncLocalStorage } from "node:async_hooks";
import { DescribeInstanceStatusCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ListNamespacesCommand, ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";

/** Answers the calls of one world, without a socket. */
export type Backend = {
  readonly cloudMap: (operation: string, body: string) => Promise<{ readonly status: number; readonly body: string }>;
  readonly ec2: (form: string) => Promise<{ readonly status: number; readonly body: string }>;
};

type Sent = { readonly headers: Readonly<Record<string, string>>; readonly body?: unknown };

const backends = new AsyncLocalStorage<Backend>();
const encoder = new TextEncoder();

export function withBackend<T>(backend: Backend, work: () => T): T {
  return backends.run(backend, work);
}

/**
 * The SDK's own clients, whose calls the world answers that they are made in. They are made once and have been used once: the
 * first call reads files, which takes real time.
 */
export async function createClients(): Promise<{ readonly cloudMap: ServiceDiscoveryClient; readonly ec2: EC2Client }> {
  const settings = { region: "us-west-2", credentials: { accessKeyId: "simulated", secretAccessKey: "simulated" } };
  // The product gives this client no retries of the SDK's, and the other one three tries.
  const cloudMap = new ServiceDiscoveryClient({
    ...settings,
    maxAttempts: 1,
    // Nobody checks them here, and they cost a third of a call.
    signer: { sign: (request) => Promise.resolve(request) },
    requestHandler: handlerOf(({ headers, body }, { cloudMap: answer }) =>
      answer((headers["x-amz-target"] ?? "").replace(/^.*\./, ""), textOf(body)),
    ),
  });
  const ec2 = new EC2Client({
    ...settings,
    maxAttempts: 3,
    signer: { sign: (request) => Promise.resolve(request) },
    requestHandler: handlerOf(({ body }, { ec2: answer }) => answer(textOf(body))),
  });
  const nothing: Backend = {
    cloudMap: () => Promise.resolve({ status: 200, body: '{"Namespaces":[]}' }),
    ec2: () =>
      Promise.resolve({
        status: 200,
        body: "<DescribeInstanceStatusResponse><instanceStatusSet/></DescribeInstanceStatusResponse>",
      }),
  };
  await withBackend(nothing, () =>
    Promise.all([cloudMap.send(new ListNamespacesCommand({})), ec2.send(new DescribeInstanceStatusCommand({}))]),
  );
  return { cloudMap, ec2 };
}

function handlerOf(answer: (sent: Sent, backend: Backend) => ReturnType<Backend["ec2"]>) {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (sent: Sent) => {
      const backend = backends.getStore();
      if (backend === undefined) throw new Error("a call was made outside of every world");
      const { status, body } = await answer(sent, backend);
      return { response: { statusCode: status, headers: {}, body: encoder.encode(body) } };
    },
  } as never;
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
}
