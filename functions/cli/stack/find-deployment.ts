import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import type { Stack } from "@aws-sdk/client-cloudformation";
import { InputError, messageOf } from "../../core/errors.ts";
import type { Environment } from "../../runtime/configuration/environment.ts";
import { parseDeployment } from "../../runtime/deployment.ts";
import type { Deployment } from "../../runtime/deployment.ts";
import { awsFailure, clientSettings } from "./aws.ts";

/** A construct that was deployed, as its stack tells of it. */
export type Found = Deployment & {
  /** The stack's, as CloudFormation calls it. */
  readonly status: string;
  readonly account: string;
  readonly region: string;
};

/**
 * `named`: STACK, or STACK/CONSTRUCT where a stack has several. Throws an InputError where there is no such stack, none of it is this
 * tool's, or more than one is.
 */
export async function findDeployment(named: string, environment: Environment): Promise<Found> {
  const [name = "", ...path] = named.split("/");
  const { StackStatus = "", StackId = "", Outputs = [] } = await describeStack(name, environment);
  const all = Outputs.flatMap(({ OutputValue = "" }) => parseDeployment(OutputValue) ?? []);
  const meant = path.length === 0 ? all : all.filter(({ deployment }) => deployment === named);
  const [found, another] = meant;
  const choices = all.map(({ deployment }) => `--stack ${deployment}`).toSorted();
  if (all.length === 0)
    throw new InputError(
      `stack ${name} has no output of a CloudMapSync; name the stack that has one, or deploy it again with this version`,
    );
  if (found === undefined)
    throw new InputError(`stack ${name} has no CloudMapSync ${path.join("/")}; write ${choices.join(" or ")}`);
  if (another !== undefined)
    throw new InputError(`stack ${name} has several CloudMapSync; write ${choices.join(" or ")}`);
  const [, , , region = "", account = ""] = StackId.split(":");
  return { ...found, status: StackStatus, account, region };
}

async function describeStack(name: string, environment: Environment): Promise<Stack> {
  const client = new CloudFormationClient(clientSettings(environment));
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    if (stack !== undefined) return stack;
  } catch (error) {
    if (!/does not exist|failed to satisfy constraint/.test(messageOf(error)))
      throw awsFailure(`stack ${name} could not be looked up`, "cloudformation:DescribeStacks", error);
  } finally {
    client.destroy();
  }
  throw new InputError(
    `there is no stack ${JSON.stringify(name)} in this account and region; check its name (aws cloudformation list-stacks), AWS_PROFILE and AWS_REGION`,
  );
}
