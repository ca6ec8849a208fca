import { randomUUID } from "node:crypto";
import * as api from "@aws-sdk/client-ec2";
import { memberNames } from "../model.ts";
import type { Handler } from "../serve.ts";
import { xmlAnswer, xmlResponse } from "../xml.ts";

/** By EC2's own numbers, which its answers carry too. */
const CODES = { pending: 0, running: 16, "shutting-down": 32, terminated: 48, stopping: 64, stopped: 80 } as const;

/** What DescribeInstanceStatus takes, by the pinned SDK's model. */
const PARAMETERS = new Set(["Action", "Version", ...memberNames(api.DescribeInstanceStatusRequest$)]);

export type InstanceState = keyof typeof CODES;

export type Ec2World = {
  /** Every instance of the account, by id. */
  readonly instances: Map<string, InstanceState>;
  /** Those that an AWS service manages, where the account hides managed resources. */
  readonly hidden: Set<string>;
  /** The most instances on a page, whatever MaxResults allows. */
  maxPageSize: number;
  /** What every call is answered instead. */
  failure: { readonly status: number; readonly code: string; readonly message: string } | undefined;
};

export function createEc2(): Ec2World {
  return { instances: new Map(), hidden: new Set(), maxPageSize: 1000, failure: undefined };
}

/** EC2's DescribeInstanceStatus (query protocol, XML) over `world`, for `serve`. */
export function ec2Handler(world: Ec2World): Handler {
  return async (request) => {
    const form = new URLSearchParams(await request.text());
    const { failure } = world;
    if (failure !== undefined) return errorResponse(failure.status, failure.code, failure.message);
    if (form.get("Action") !== "DescribeInstanceStatus")
      return errorResponse(400, "InvalidAction", `The action ${form.get("Action")} is not emulated.`);
    const stranger = [...form.keys()].find((key) => !PARAMETERS.has(key.split(".")[0] ?? ""));
    if (stranger !== undefined)
      return errorResponse(400, "UnknownParameter", `The parameter ${stranger} is not recognized`);
    const ids = values(form, "InstanceId");
    const most = Number(form.get("MaxResults") ?? 1000);
    if (most < 5 || most > 1000 || (form.has("MaxResults") && ids.length > 0))
      return errorResponse(400, "InvalidParameterValue", `Value ( ${most} ) for parameter maxResults is invalid.`);
    const unknown = ids.find((id) => !world.instances.has(id));
    if (unknown !== undefined)
      return errorResponse(400, "InvalidInstanceID.NotFound", `The instance ID '${unknown}' does not exist`);
    return answer(world, form, ids, most);
  };
}

function answer(world: Ec2World, form: URLSearchParams, ids: readonly string[], most: number): Response {
  const states = filterValues(form, "instance-state-name");
  // Without IncludeAllInstances, only those that run are told of.
  const isAll = form.get("IncludeAllInstances") === "true";
  const isHidden = (id: string) => form.get("IncludeManagedResources") !== "true" && world.hidden.has(id);
  const matching = [...world.instances]
    .filter(([id]) => !isHidden(id))
    .filter(([id, state]) => (ids.length === 0 || ids.includes(id)) && (isAll || state === "running"))
    .filter(([, state]) => states === undefined || states.includes(state))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const from = Number(form.get("NextToken") ?? 0);
  const to = from + Math.min(most, world.maxPageSize);
  const answered = xmlAnswer(api, "DescribeInstanceStatus", {
    InstanceStatuses: matching.slice(from, to).map(([InstanceId, state]) => ({
      InstanceId,
      AvailabilityZone: "us-west-2a",
      InstanceState: { Code: CODES[state], Name: state },
    })),
    NextToken: to < matching.length ? String(to) : undefined,
  });
  return xmlResponse(
    200,
    `<DescribeInstanceStatusResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${randomUUID()}</requestId>${answered}</DescribeInstanceStatusResponse>`,
  );
}

/** `Filter.1.Name=…&Filter.1.Value.1=…`. */
function filterValues(form: URLSearchParams, name: string): readonly string[] | undefined {
  const entry = [...form].find(([key, value]) => /^Filter\.\d+\.Name$/.test(key) && value === name);
  return entry === undefined ? undefined : values(form, entry[0].replace(/Name$/, "Value"));
}

function values(form: URLSearchParams, prefix: string): readonly string[] {
  return [...form].filter(([key]) => key.startsWith(`${prefix}.`)).map(([, value]) => value);
}

function errorResponse(status: number, code: string, message: string): Response {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return xmlResponse(status, `<Response><Errors>${error}</Errors><RequestID>${randomUUID()}</RequestID></Response>`);
}
