import { exercisedRights } from "../../infra/exercised.ts";
import type { FunctionName } from "../../infra/functions.ts";
import type { Right } from "../../infra/permissions.ts";
import { iamRequestsOf } from "./iam-requests.ts";
import type { CallWorld, IamRequest, RecordedCall } from "./iam-requests.ts";
import { isAllowed } from "./policies.ts";
import type { Policy } from "./policies.ts";
import { ACCOUNT, OWNER, REGION } from "./stack.ts";

/** What the policy does not allow of what the calls need, each once. */
export async function refusedRequests(
  policy: Policy,
  calls: readonly RecordedCall[],
  world: CallWorld,
): Promise<readonly IamRequest[]> {
  const requests = calls.flatMap((call) => iamRequestsOf(call, world));
  const distinct = [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
  const answers = await Promise.all(distinct.map((request) => isAllowed(policy, request)));
  return distinct.filter((_, index) => !answers[index]);
}

/** Actions that the policy allows although no call uses them, and that are not on the named list either. */
export function unusedActions(
  policy: Policy,
  calls: readonly RecordedCall[],
  world: CallWorld,
  name: FunctionName,
): readonly string[] {
  const used = new Set(calls.flatMap((call) => iamRequestsOf(call, world)).map(({ action }) => action));
  const named = new Set(namedRights(name).map(({ sid }) => sid));
  return policy.Statement.filter(({ Sid }) => !named.has(Sid))
    .flatMap(({ Action }) => Action)
    .filter((action) => !used.has(action));
}

/** The named list of rights that AWS exercises under the role, at its longest. */
export function namedRights(name: FunctionName): readonly Right[] {
  const text = "arn:aws:x";
  const reach = {
    partition: "aws",
    region: REGION,
    account: ACCOUNT,
    cluster: "prod",
    owner: OWNER,
    parameterArn: text,
    turnArn: text,
    queueArn: text,
    namespaces: [{ kind: "unresolved", name: undefined }],
    named: { byName: true, byId: true, ids: [] },
    services: "any",
    createServices: true,
    tagKeys: [],
    deleteServices: true,
    ec2: true,
    loadBalancers: true,
    keyArn: text,
  } as const;
  return exercisedRights(name, reach, { logGroupArn: text, failuresArn: text, vpc: true });
}
