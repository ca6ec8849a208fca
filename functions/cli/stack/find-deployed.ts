import {
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type { Configuration, Settings } from "../../core/settings.ts";
import type { Environment } from "../../runtime/configuration/environment.ts";
import { CLUSTER_TAG, CONFIGURATION_TAG } from "../../runtime/deployment.ts";
import { clientSettings } from "./aws.ts";
import { parseDeployed } from "./deployed-document.ts";

/** A document that functions go by, and the keys in which it says something else than the one here. */
export type DeployedDocument = {
  readonly parameter: string;
  readonly keys: readonly string[];
  /** Whether its functions write nothing. */
  readonly isDry: boolean;
};

/** Nobody waits long for what is only a hint, in milliseconds. */
const HANDLER = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true } as const;
/** So many documents of one cluster are looked at. */
const MOST = 10;

/** The documents of the same cluster, owner and part that stacks of this account have deployed here, as far as they may be seen. */
export async function findDeployed(settings: Settings, environment: Environment): Promise<readonly DeployedDocument[]> {
  // Through a kubeconfig a cluster may be called anything.
  if (settings.identity.arn === undefined) return [];
  const client = new SSMClient({ ...clientSettings(environment), maxAttempts: 1, requestHandler: HANDLER });
  try {
    const filter = { Key: `tag:${CLUSTER_TAG}`, Values: [settings.cluster] };
    const { Parameters = [] } = await client.send(
      new DescribeParametersCommand({ ParameterFilters: [filter], MaxResults: MOST }),
    );
    const found = await Promise.all(Parameters.map(({ Name = "" }) => compare(client, Name, settings)));
    return found.flat();
  } catch {
    return [];
  } finally {
    client.destroy();
  }
}

/** A sentence for each that functions write by, and that says something else than the document here. */
export function remarkOnDeployed(deployed: readonly DeployedDocument[], cluster: string): readonly string[] {
  return deployed
    .filter(({ keys, isDry }) => keys.length > 0 && !isDry)
    .map(
      ({ parameter, keys }) =>
        `functions keep cluster ${cluster} in sync by ${parameter}, which differs from this document in ${keys.join(", ")}: what is changed by this one they change back; deploy this document, or look with --stack`,
    );
}

/** `turn`: the parameter that says by its tags which one has the configuration. */
async function compare(client: SSMClient, turn: string, settings: Settings): Promise<readonly DeployedDocument[]> {
  const tagged = new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: turn });
  const { TagList = [] } = await client.send(tagged);
  const parameter = TagList.find(({ Key }) => Key === CONFIGURATION_TAG)?.Value;
  if (parameter === undefined) return [];
  const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter, WithDecryption: true }));
  const deployed = parseDeployed(Parameter?.Value ?? "", { parameter, cluster: settings.cluster });
  const isSame = deployed.part === settings.part && (deployed.owner ?? settings.identity.arn) === settings.tagOwner;
  return isSame ? [{ parameter, isDry: deployed.policy === "dry-run", keys: differingKeys(deployed, settings) }] : [];
}

/** How long is waited is no matter of what is written. */
const UNCOMPARED: ReadonlySet<string> = new Set(["owner", "confirmSeconds"]);

function differingKeys(deployed: Configuration, settings: Settings): readonly string[] {
  const here: Readonly<Record<string, unknown>> = settings;
  return Object.entries(deployed)
    .filter(([key, value]) => !UNCOMPARED.has(key) && JSON.stringify(value) !== JSON.stringify(here[key]))
    .map(([key]) => key);
}
