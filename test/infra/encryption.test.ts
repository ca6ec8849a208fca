import type { Template } from "aws-cdk-lib/assertions";
import { Match } from "aws-cdk-lib/assertions";
import { Key } from "aws-cdk-lib/aws-kms";
import { expect, test } from "vitest";
import "./matchers.ts";
import { ACCOUNT, NARROW, synth } from "./stack.ts";

const encrypted = () => synth((stack) => ({ ...NARROW, encryptionKey: new Key(stack, "Key") }));

type Statement = {
  readonly Effect: string;
  readonly Principal?: { readonly Service?: unknown };
  readonly Condition?: object;
};

test("a key encrypts queues and logs, and CloudWatch Logs may use it for this account's alone", () => {
  const template = encrypted();
  expect(template).toHaveEvery("AWS::SQS::Queue", { KmsMasterKeyId: Match.anyValue() });
  expect(template).toHaveEvery("AWS::Logs::LogGroup", { KmsKeyId: Match.anyValue() });
  const [logs] = allowed(template, "AWS::KMS::Key", "KeyPolicy", "logs.eu-west-1.amazonaws.com");
  expect(JSON.stringify(logs?.Condition)).toContain(`:logs:eu-west-1:${ACCOUNT}:`);
});

test("EventBridge may use the key, and send to the queues, for this account's rules alone, whatever the app's flags say", () => {
  const template = encrypted();
  const statements = [
    ...allowed(template, "AWS::KMS::Key", "KeyPolicy", "events.amazonaws.com"),
    ...allowed(template, "AWS::SQS::QueuePolicy", "PolicyDocument", "events.amazonaws.com"),
  ];
  expect(statements.length).toBeGreaterThan(2);
  expect(statements.filter(({ Condition }) => !isNarrow(Condition))).toEqual([]);
});

/** To this account's rules, or to one rule. */
function isNarrow(condition: unknown): boolean {
  const text = JSON.stringify(condition ?? {});
  return (
    text === JSON.stringify({ StringEquals: { "aws:SourceAccount": ACCOUNT } }) ||
    /^{"ArnEquals":{"aws:SourceArn":{"Fn::GetAtt":\["Sync\w+","Arn"\]}}}$/.test(text)
  );
}

/** The statements of such resources that allow a service something. */
function allowed(template: Template, type: string, property: string, service: string): readonly Statement[] {
  return Object.values(template.findResources(type)).flatMap((resource) => {
    const { Properties } = resource as { readonly Properties: Readonly<Record<string, unknown>> };
    const { Statement } = Properties[property] as { readonly Statement: readonly Statement[] };
    return Statement.filter(({ Effect, Principal }) => Effect === "Allow" && Principal?.Service === service);
  });
}
