import type { Handler } from "./serve.ts";

/** A call of an AWS API as it came over the wire. `service` is the name that its signature carries. */
export type AccountCall = {
  /** The access key id that signed it. */
  readonly caller: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** What is emulated of an account, by the service's signing name: servicediscovery, eks, ssm, sqs, ec2. */
export type AccountServices = Readonly<Record<string, Handler>>;

const CREDENTIAL = /Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;

/**
 * AWS behind one endpoint (`AWS_ENDPOINT_URL`): a request goes to the service that its signature names. Each is recorded in
 * `calls`, the oldest first, before it is answered.
 */
export function accountHandler(services: AccountServices, calls: AccountCall[] = []): Handler {
  return async (request) => {
    const [, caller, service] = CREDENTIAL.exec(request.headers.get("authorization") ?? "") ?? [];
    if (caller === undefined || service === undefined) return refuse(403, "MissingAuthenticationToken");
    const handler = services[service];
    if (handler === undefined) return refuse(501, `nothing emulates ${service}`);
    calls.push({ caller, service, ...(await describe(request.clone())), at: Date.now() });
    return handler(request);
  };
}

/** The three protocols: awsJson names its operation in a header, EC2 in the form, EKS by method and path. */
async function describe(request: Request): Promise<Pick<AccountCall, "operation" | "input">> {
  const text = await request.text();
  const target = request.headers.get("x-amz-target");
  if (target !== null) return { operation: target.slice(target.lastIndexOf(".") + 1), input: parseJson(text) };
  if (request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) {
    const { Action = "", Version: _, ...input } = Object.fromEntries(new URLSearchParams(text));
    return { operation: Action, input };
  }
  const { pathname } = new URL(request.url);
  const [, cluster] = /^\/clusters\/([^/]+)$/.exec(pathname) ?? [];
  return cluster === undefined
    ? { operation: `${request.method} ${pathname}`, input: {} }
    : { operation: "DescribeCluster", input: { name: decodeURIComponent(cluster) } };
}

function parseJson(text: string): AccountCall["input"] {
  return text === "" ? {} : (JSON.parse(text) as AccountCall["input"]);
}

function refuse(status: number, message: string): Response {
  return Response.json({ __type: message, message }, { status });
}
