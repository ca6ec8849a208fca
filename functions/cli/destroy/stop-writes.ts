import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Parameter } from "@aws-sdk/client-ssm";
import { parseDocument } from "yaml";
import type { Environment } from "../../runtime/configuration/environment.ts";
import type { Deployment } from "../../runtime/deployment.ts";
import { awsFailure, clientSettings } from "../stack/aws.ts";

/** For how long a function goes on with a document that it has read, and the longest that a pass of the schedule lasts, in milliseconds. */
const REMEMBERED = 60_000;
const LONGEST_PASS = 240_000;
/** How often is looked whether a pass is still under way, in milliseconds. */
const PAUSE = 5_000;

/** Milliseconds, since the epoch and to wait. */
export type Clock = { readonly now: () => number; readonly sleep: (milliseconds: number) => Promise<void> };

/**
 * Lets the deployed functions write no more: sets their policy to `dry-run` unless it is that already, and waits until none can go by
 * the old one: those that have it in memory, and a pass of the schedule that began before. `show`: what is waited for.
 */
export async function stopWrites(
  { parameter, turn }: Pick<Deployment, "parameter" | "turn">,
  environment: Environment,
  { now, sleep }: Clock,
  show: (step: string) => void,
): Promise<void> {
  const client = new SSMClient(clientSettings(environment));
  const held = await readParameter(client, parameter);
  const dry = dryDocument(held.Value ?? "");
  if (dry !== undefined) await writeParameter(client, parameter, dry);
  const stoppedAt = dry === undefined ? (held.LastModifiedDate?.getTime() ?? now()) : now();
  while (now() < stoppedAt + REMEMBERED) {
    const left = stoppedAt + REMEMBERED - now();
    show(`policy is dry-run in ${parameter}; waiting ${Math.ceil(left / 1000)} s until every function has read it`);
    await sleep(Math.min(left, PAUSE));
  }
  // One that began before has ended by then, whatever the parameter says: those that begin now write nothing.
  const last = stoppedAt + REMEMBERED + LONGEST_PASS;
  while (now() < last && Date.parse((await readParameter(client, turn)).Value ?? "") > now()) {
    show("waiting for a pass of the schedule that is under way");
    await sleep(PAUSE);
  }
  client.destroy();
}

/** The document with the policy `dry-run`, otherwise as it was written; undefined where it says so already. */
export function dryDocument(text: string): string | undefined {
  const document = parseDocument(text);
  if (document.get("policy") === "dry-run") return undefined;
  const json = parseJson(text);
  if (json !== undefined) return JSON.stringify({ ...json, policy: "dry-run" });
  document.set("policy", "dry-run");
  return document.toString();
}

function parseJson(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

async function readParameter(client: SSMClient, Name: string): Promise<Parameter> {
  try {
    const { Parameter = {} } = await client.send(new GetParameterCommand({ Name, WithDecryption: true }));
    return Parameter;
  } catch (error) {
    throw awsFailure(`the SSM parameter ${Name} could not be read`, `ssm:GetParameter on ${Name}`, error);
  }
}

async function writeParameter(client: SSMClient, Name: string, Value: string): Promise<void> {
  try {
    await client.send(new PutParameterCommand({ Name, Value, Overwrite: true, Tier: "Intelligent-Tiering" }));
  } catch (error) {
    throw awsFailure(
      `nothing was changed: the SSM parameter ${Name} could not be written`,
      `ssm:PutParameter on ${Name}`,
      error,
    );
  }
}
