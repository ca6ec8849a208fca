import * as monitoring from "@aws-sdk/client-cloudwatch";
import * as eks from "@aws-sdk/client-eks";
import * as lambda from "@aws-sdk/client-lambda";
import * as scheduler from "@aws-sdk/client-scheduler";
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

/** What is emulated of an account, by the service's signing name: servicediscovery, eks, ssm, sqs, ec2, cloudformation, lambda, monitoring, scheduler. */
export type AccountServices = Readonly<Record<string, Handler>>;

/** The protocol of EC2 and CloudFormation is none of JSON: their handlers check by themselves. */
const MODELS: Readonly<Record<string, Model>> = { servicediscovery, ssm, sqs, eks, lambda, monitoring, scheduler };

/** Of those that name their operations by method and path: what the parts of a path are called in the input. */
const ROUTES: readonly (readonly [method: string, path: RegExp, operation: string])[] = [
  ["GET", /^\/clusters\/(?<name>[^/]+)$/, "DescribeCluster"],
  ["GET", /^\/clusters\/(?<clusterName>[^/]+)\/access-entries\/(?<principalArn>[^/]+)$/, "DescribeAccessEntry"],
  ["POST", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/invocations$/, "Invoke"],
  ["GET", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/configuration$/, "GetFunctionConfiguration"],
  ["GET", /^\/2019-09-30\/functions\/(?<FunctionName>[^/]+)\/concurrency$/, "GetFunctionConcurrency"],
  ["GET", /^\/schedules\/(?<Name>[^/]+)$/, "GetSchedule"],
];

const CREDENTIAL = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;

/** A request is refused that was signed earlier or later than this, in milliseconds. */
const SIGNED_WITHIN = 5 * 60_000;

/**
 * AWS behind one endpoint (`AWS_ENDPOINT_URL`): a request goes to the service and region that its signature names. Each is recorded
 * in `calls`, the oldest first, before it is answered; one that is not of the API's published shape is refused.
 */
export function accountHandler(
  servicesIn: AccountServices | ((region: string) => AccountServices),
  calls: AccountCall[] = [],
  now: () => number = Date.now,
): Handler {
  return async (request) => {
    const [, caller, region, service] = CREDENTIAL.exec(request.headers.get("authorization") ?? "") ?? [];
    if (caller === undefined || region === undefined || service === undefined)
      return refuse(403, "MissingAuthenticationToken");
    const problem = signatureProblem(request.headers.get("x-amz-date") ?? "", now());
    if (problem !== undefined) return refuse(403, "InvalidSignatureException", problem);
    const services = typeof servicesIn === "function" ? servicesIn(region) : servicesIn;
    const handler = services[service];
    if (handler === undefined) return refuse(501, `nothing emulates ${service}`);
    const call = await describe(request.clone());
    calls.push({ caller, service, ...call, at: Date.now() });
    const model = MODELS[service];
    const problems = model === undefined ? [] : modelProblems(model, call.operation, "request", call.input);
    return problems.length === 0 ? handler(request) : refuse(400, `SerializationException: ${problems.join("; ")}`);
  };
}

/** What AWS says of a signature that is too old, or of the future: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
function signatureProblem(signed: string, now: number): string | undefined {
  const at = Date.parse(signed.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
  const [here, earliest, latest] = [now, now - SIGNED_WITHIN, now + SIGNED_WITHIN].map(amzDate);
  if (at < now - SIGNED_WITHIN)
    return `Signature expired: ${signed} is now earlier than ${earliest} (${here} - 5 min.)`;
  if (at > now + SIGNED_WITHIN)
    return `Signature not yet current: ${signed} is still later than ${latest} (${here} + 5 min.)`;
  return undefined;
}

function amzDate(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
}

/** The three protocols: awsJson names its operation in a header, EC2's in the form, REST by method and path. */
async function describe(request: Request): Promise<Pick<AccountCall, "operation" | "input">> {
  const text = await request.text();
  const target = request.headers.get("x-amz-target");
  if (target !== null) return { operation: target.slice(target.lastIndexOf(".") + 1), input: parseJson(text) };
  if (request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) {
    const { Action = "", Version: _, ...input } = Object.fromEntries(new URLSearchParams(text));
    return { operation: Action, input };
  }
  const { pathname } = new URL(request.url);
  for (const [method, path, operation] of ROUTES) {
    const parts = path.exec(pathname)?.groups;
    if (method !== request.method || parts === undefined) continue;
    return {
      operation,
      input: Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, decodeURIComponent(part)])),
    };
  }
  return { operation: `${request.method} ${pathname}`, input: {} };
}

function parseJson(text: string): AccountCall["input"] {
  return text === "" ? {} : (JSON.parse(text) as AccountCall["input"]);
}

function refuse(status: number, code: string, message = code): Response {
  return Response.json({ __type: code, message }, { status, headers: { "x-amzn-errortype": code } });
}
