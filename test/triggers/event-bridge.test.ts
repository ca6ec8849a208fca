import { expect, test } from "vitest";
import { parseEvent, TRIGGERS } from "../../functions/triggers/event-bridge.ts";

const CLOUDTRAIL = "AWS API Call via CloudTrail";

test.each<readonly [string, object, readonly object[] | undefined]>([
  ["another source with the same words", event("aws.rds", CLOUDTRAIL, call({ name: "prod" })), []],
  ["the source with other words", event("aws.eks", "EKS Cluster State Change", {}), []],
  ["a change of the cluster", event("aws.eks", CLOUDTRAIL, call({ name: "prod" })), [{ kind: "all" }]],
  ["a change of its parts", event("aws.eks", CLOUDTRAIL, call({ clusterName: "prod" })), [{ kind: "all" }]],
  ["a change of another cluster", event("aws.eks", CLOUDTRAIL, call({ name: "other" })), []],
  ["a change that names none", event("aws.eks", CLOUDTRAIL, { eventName: "DeleteNodegroup" }), []],
  ["a change with nothing asked for", event("aws.eks", CLOUDTRAIL, call(null)), []],
  ["no event", { detail: {} }, undefined],
])("%s", (_, given, scopes) => {
  expect(parseEvent(given, "prod")).toEqual(scopes);
});

test("each rule asks for events of its cluster alone, where they name one", () => {
  const patterns = Object.fromEntries(TRIGGERS.map(({ id, detail }) => [id, detail?.("prod")]));
  expect(patterns).toMatchObject({
    FargateTerminates: { clusterName: ["prod"] },
    ClusterChanges: {
      eventSource: ["eks.amazonaws.com"],
      eventName: expect.arrayContaining(["DeleteNodegroup"]),
      errorCode: [{ exists: false }],
      $or: [{ requestParameters: { clusterName: ["prod"] } }, { requestParameters: { name: ["prod"] } }],
    },
    InstanceStops: { state: expect.arrayContaining(["shutting-down"]) },
    SpotLeaves: undefined,
    AutoScalingTerminates: undefined,
  });
});

function event(source: string, type: string, detail: object): object {
  return { source, "detail-type": type, detail };
}

function call(requestParameters: object | null): object {
  return { eventName: "DeleteNodegroup", requestParameters };
}
