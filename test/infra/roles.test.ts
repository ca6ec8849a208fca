import type { Template } from "aws-cdk-lib/assertions";
import { Match } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { ALL, WIDE } from "./deployments.ts";
import "./matchers.ts";
import { NARROW, synth } from "./stack.ts";

/** A role for each function, whose rights other tests hold against its calls, and the scheduler's. */
test.each([
  ["the default deployment", WIDE, 4],
  ["the narrow one", NARROW, 4],
  ["everything", ALL, 6],
])("%s has no role and no policy besides those that are accounted for", (_, props, roles) => {
  const template = synth(props);
  expect(template).toHaveNumber("AWS::IAM::Role", roles);
  expect(template).toHaveEvery("AWS::IAM::Role", {
    ManagedPolicyArns: Match.absent(),
    Description: Match.stringLikeRegexp("^eks-cloudmap-sync: "),
  });
  expect(template).toHaveNumber("AWS::IAM::Policy", 0);
  expect(template).toHaveNumber("AWS::IAM::ManagedPolicy", 0);
  const others = [...actionsBy(template)].filter(
    ([description]) => !/(reconcile|resync|watch|audit-log)$/.test(description),
  );
  expect(others).toEqual([["eks-cloudmap-sync: the schedule", ["lambda:InvokeFunction", "sqs:SendMessage"]]]);
});

type Role = {
  readonly Description: string;
  readonly Policies: readonly {
    readonly PolicyDocument: { readonly Statement: readonly { readonly Action: string | readonly string[] }[] };
  }[];
};

function actionsBy(template: Template): ReadonlyMap<string, readonly string[]> {
  const roles = Object.values(template.findResources("AWS::IAM::Role")).map(({ Properties }) => Properties as Role);
  return new Map(
    roles.map(({ Description, Policies }) => [
      Description,
      Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.flatMap(({ Action }) => Action)).toSorted(),
    ]),
  );
}
