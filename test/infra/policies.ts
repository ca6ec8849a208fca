import type { Template } from "aws-cdk-lib/assertions";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { FunctionName } from "../../infra/functions.ts";
import type { IamRequest } from "./iam-requests.ts";
import { ACCOUNT, REGION } from "./stack.ts";

type Statement = {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
};
export type Policy = { readonly Version: string; readonly Statement: readonly Statement[] };

type Resource = {
  readonly Type: string;
  readonly Properties: {
    readonly Description?: string;
    readonly Policies?: readonly { readonly PolicyDocument: unknown }[];
  };
};

/** The policy of a function's role as a deployment would write it. */
export function policyOf(template: Template, name: FunctionName): Policy {
  const { Resources } = template.toJSON() as { readonly Resources: Readonly<Record<string, Resource>> };
  const role = Object.values(Resources).find(
    ({ Type, Properties }) => Type === "AWS::IAM::Role" && Properties.Description === `eks-cloudmap-sync: ${name}`,
  );
  const [policy, ...others] = role?.Properties.Policies ?? [];
  if (policy === undefined || others.length > 0) throw new Error(`the role of ${name} has not just one policy`);
  return checkResources(resolve(policy.PolicyDocument, Resources) as Policy);
}

/** The simulator takes a resource that is no ARN for any resource. */
function checkResources(policy: Policy): Policy {
  const resources = policy.Statement.flatMap(({ Resource }) => Resource);
  const wrong = resources.filter(
    (resource) => resource !== "*" && !/^arn:aws:[a-z0-9]+:[^:]*:[^:]*:.+$/.test(resource),
  );
  if (wrong.length > 0) throw new Error(`no ARNs: ${wrong.join(", ")}`);
  return policy;
}

/** Throws where the policy or the request could not exist. */
export async function isAllowed(policy: Policy, { action, resource, context }: IamRequest): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/function`,
        action,
        // The simulator takes one account's resources; those of another need its owner's consent besides.
        resource: { resource, accountId: ACCOUNT },
        contextVariables: Object.fromEntries(
          Object.entries(context).map(([key, value]) => [key, typeof value === "string" ? value : [...value]]),
        ),
      },
      identityPolicies: [{ name: "rights", policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === "error") throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  return result.overallResult === "Allowed";
}

export function actionsOf({ Statement }: Policy): readonly string[] {
  return [...new Set(Statement.flatMap(({ Action }) => Action))].toSorted();
}

/** What a resource is called once it exists: as in the template. */
export const deployed = {
  queue: (id: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${id}`,
  queueUrl: (id: string) => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`,
};

const PSEUDO: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::Region": REGION,
  "AWS::AccountId": ACCOUNT,
};

function resolve(value: unknown, resources: Readonly<Record<string, Resource>>): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, resources));
  if (typeof value !== "object" || value === null) return value;
  if ("Ref" in value) return PSEUDO[String(value.Ref)] ?? String(value.Ref);
  if ("Fn::Join" in value) {
    const [separator, parts] = value["Fn::Join"] as [string, readonly unknown[]];
    return parts.map((part) => resolve(part, resources)).join(separator);
  }
  if ("Fn::GetAtt" in value) {
    const [id, attribute] = value["Fn::GetAtt"] as [string, string];
    return arnOf(id, resources[id]?.Type, attribute);
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one, resources)]));
}

function arnOf(id: string, type: string | undefined, attribute: string): string {
  if (attribute === "Arn" && type === "AWS::SQS::Queue") return deployed.queue(id);
  if (attribute === "Arn" && type === "AWS::Logs::LogGroup")
    return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*`;
  if (attribute === "Arn" && type === "AWS::KMS::Key") return `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`;
  throw new Error(`what ${id}.${attribute} of ${type ?? "nothing"} is once deployed is not known; write it here`);
}
