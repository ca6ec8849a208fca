import * as cloudMap from "@aws-sdk/client-servicediscovery";
import { expect, test } from "vitest";
import { modelProblems } from "./model.ts";

const problems = (operation: string, direction: "request" | "answer", value: unknown) =>
  modelProblems(cloudMap, operation, direction, value);

test("takes what the API's model has", () => {
  const request = { ServiceId: "srv-1", InstanceId: "a", Attributes: { AWS_INSTANCE_IPV4: "10.0.0.1" } };
  expect(problems("RegisterInstance", "request", request)).toEqual([]);
  const Services = [{ Id: "srv-1", InstanceCount: 1, CreateDate: 1.5, DnsConfig: { DnsRecords: [] } }];
  expect(problems("ListServices", "answer", { Services, NextToken: undefined })).toEqual([]);
});

test.each<[string, string, "request" | "answer", unknown, string]>([
  ["a member that is missing", "GetNamespace", "request", {}, "GetNamespace.Id is missing"],
  ["a member that is none", "GetNamespace", "request", { Id: "a", Name: "b" }, "GetNamespace.Name is no member"],
  ["a member of another type", "ListServices", "request", { MaxResults: "5" }, "ListServices.MaxResults is no number"],
  [
    "a value in a map",
    "RegisterInstance",
    "request",
    { ServiceId: "s", InstanceId: "a", Attributes: { port: 8080 } },
    "RegisterInstance.Attributes.port is no string",
  ],
  [
    "a member deep in a list",
    "ListServices",
    "answer",
    { Services: [{ Id: "a", Names: [] }] },
    "ListServices.Services[0].Names is no member",
  ],
  ["an operation that is none", "RegisterInstances", "request", {}, "RegisterInstances is no operation"],
])("tells %s", (_, operation, direction, value, expected) => {
  expect(problems(operation, direction, value)).toEqual([expected]);
});
