import * as cloudFormation from "@aws-sdk/client-cloudformation";
import * as ec2 from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { xmlAnswer } from "./xml.ts";

test("spells an answer as each API's model does, and writes times as text", () => {
  expect(xmlAnswer(ec2, "DescribeInstanceStatus", { InstanceStatuses: [{ InstanceId: "i-1" }] })).toBe(
    "<instanceStatusSet><item><instanceId>i-1</instanceId></item></instanceStatusSet>",
  );
  expect(xmlAnswer(cloudFormation, "DescribeStacks", { Stacks: [{ StackName: "a&b", CreationTime: 0 }] })).toBe(
    "<Stacks><member><StackName>a&amp;b</StackName><CreationTime>1970-01-01T00:00:00.000Z</CreationTime></member></Stacks>",
  );
});

test("refuses an answer that the API does not give", () => {
  expect(() => xmlAnswer(ec2, "DescribeInstanceStatus", { Instances: [] })).toThrow(
    "the API of DescribeInstanceStatus does not answer so: DescribeInstanceStatus.Instances is no member",
  );
});
