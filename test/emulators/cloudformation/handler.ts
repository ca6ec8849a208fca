import { randomUUID } from "node:crypto";
import * as api from "@aws-sdk/client-cloudformation";
import { memberNames } from "../model.ts";
import type { Handler } from "../serve.ts";
import { escapeXml, xmlAnswer, xmlResponse } from "../xml.ts";

export type Stack = {
  readonly status: string;
  /** Values by key. */
  readonly outputs: Readonly<Record<string, string>>;
};

export type CloudFormationWorld = {
  /** Which account and region the ids of stacks name. */
  readonly where: { readonly account: string; readonly region: string };
  /** By name. */
  readonly stacks: Map<string, Stack>;
  /** What every call is answered instead. */
  failure: { readonly status: number; readonly code: string; readonly message: string } | undefined;
};

export function createCloudFormation(where: CloudFormationWorld["where"]): CloudFormationWorld {
  return { where, stacks: new Map(), failure: undefined };
}

/** What DescribeStacks takes, by the pinned SDK's model. */
const PARAMETERS = new Set(["Action", "Version", ...memberNames(api.DescribeStacksInput$)]);

/** CloudFormation's DescribeStacks (query protocol, XML) of one stack over `world`, for `serve`. */
export function cloudFormationHandler(world: CloudFormationWorld): Handler {
  return async (request) => {
    const form = new URLSearchParams(await request.text());
    const { failure } = world;
    if (failure !== undefined) return refuse(failure.status, failure.code, failure.message);
    if (form.get("Action") !== "DescribeStacks")
      return refuse(400, "InvalidAction", `Could not find operation ${form.get("Action")}`);
    const stranger = [...form.keys()].find((key) => !PARAMETERS.has(key));
    const name = form.get("StackName");
    if (stranger !== undefined || name === null)
      return refuse(400, "ValidationError", `The parameters ${[...form.keys()].join(", ")} are not emulated`);
    // The pattern that AWS itself prints.
    if (!/^([a-zA-Z][-a-zA-Z0-9]*|arn:.*)$/.test(name))
      return refuse(
        400,
        "ValidationError",
        `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*`,
      );
    const stack = world.stacks.get(name);
    if (stack === undefined) return refuse(400, "ValidationError", `Stack with id ${name} does not exist`);
    return xmlResponse(
      200,
      `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>${xmlAnswer(api, "DescribeStacks", { Stacks: [shown(name, stack, world)] })}</DescribeStacksResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></DescribeStacksResponse>`,
    );
  };
}

function shown(name: string, { status, outputs }: Stack, { where }: CloudFormationWorld): object {
  return {
    StackId: `arn:aws:cloudformation:${where.region}:${where.account}:stack/${name}/0a1b`,
    StackName: name,
    CreationTime: Date.parse("2026-11-24T14:00:00Z") / 1000,
    StackStatus: status,
    Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({
      OutputKey,
      OutputValue,
      Description: `of ${OutputKey}`,
    })),
  };
}

function refuse(status: number, code: string, message: string): Response {
  return xmlResponse(
    status,
    `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}
