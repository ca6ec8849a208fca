import * as eks from "@aws-sdk/client-eks";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import { modelProblems } from "./model.ts";
import type { Model } from "./model.ts";
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

/** EC2's protocol is none of JSON: its handler checks by itself. */
const MODELS: Readonly<Record<string, Model>> = { servicediscovery, ssm, sqs, eks };

const CREDENTIAL = /Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;

/**
 * AWS behind one endpoint (`AWS_ENDPOINT_URL`): a request goes to the service that its signature names. Each is recorded in
 * `calls`, the oldest first, before it is answered; one that is not of the API's published shape is refused.
 */
export function accountHandler(services: AccountServices, calls: AccountCall[] = []): Handler {
  return async (request) => {
    const [, caller, service] = CREDENTIAL.exec(request.headers.get("authorization") ?? "") ?? [];
    if (caller === undefined || service === undefined) return refuse(403, "MissingAuthenticationToken");
    const handler = services[service];
    if (handler === undefined) return refuse(501, `nothing emulates ${service}`);
    const call = await describe(request.clone());
    calls.push({ caller, service, ...call, at: Date.now() });
    const model = MODELS[service];
    const problems = model === undefined ? [] : modelProblems(model, call.operation, "request", call.input);
    return problems.length === 0 ? handler(request) : refuse(400, `SerializationException: ${problems.join("; ")}`);
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
