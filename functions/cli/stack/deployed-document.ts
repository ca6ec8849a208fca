import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Configuration } from "../../core/settings.ts";
import { parseConfiguration } from "../../runtime/configuration/document.ts";
import type { Environment } from "../../runtime/configuration/environment.ts";
import type { Deployment } from "../../runtime/deployment.ts";
import { awsFailure, clientSettings } from "./aws.ts";
import { findDeployment } from "./find-deployment.ts";

/** The configuration that a stack's functions read. Throws an InputError where it cannot be found or read, or is wrong. */
export async function readDeployedConfiguration(stack: string, environment: Environment): Promise<Configuration> {
  const deployment = await findDeployment(stack, environment);
  return parseDeployed(await readDeployedDocument(deployment, environment), deployment);
}

/** As the functions understand it: the cluster's name is their environment's. */
export function parseDeployed(
  text: string,
  { parameter, cluster }: Pick<Deployment, "parameter" | "cluster">,
): Configuration {
  return parseConfiguration(text, `the SSM parameter ${parameter}`, cluster);
}

export async function readDeployedDocument(
  { parameter }: Pick<Deployment, "parameter">,
  environment: Environment,
): Promise<string> {
  const client = new SSMClient(clientSettings(environment));
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter, WithDecryption: true }));
    return Parameter?.Value ?? "";
  } catch (error) {
    throw awsFailure(`the SSM parameter ${parameter} could not be read`, `ssm:GetParameter on ${parameter}`, error);
  } finally {
    client.destroy();
  }
}
