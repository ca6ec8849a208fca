import { Fn } from "aws-cdk-lib";
import type { Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { HttpNamespace } from "aws-cdk-lib/aws-servicediscovery";
import { expect, test } from "vitest";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import "./matchers.ts";
import { createStack, synth } from "./stack.ts";

/** A cluster and a namespace that are known when they are deployed, as in an app that makes them itself. */
function propsOf(stack: Stack): CloudMapSyncProps {
  const { namespaceId, namespaceName } = new HttpNamespace(stack, "Shop", { name: "shop.local" });
  return {
    cluster: { clusterName: Fn.importValue("cluster") },
    configuration: { namespaces: [namespaceName] },
    namespaces: [{ id: namespaceId, name: namespaceName, type: "HTTP" }],
    services: "tagged",
  };
}

const id = { "Fn::GetAtt": [Match.stringLikeRegexp("^Shop"), "Id"] };

test("a namespace of the same app is written into the document, and ends the rights", () => {
  const template = synth(propsOf);
  expect(template).toHaveOne("AWS::SSM::Parameter", { Value: '{"namespaces":["shop.local"]}' });
  expect(template).toHaveEvery("AWS::Lambda::Function", {
    Environment: { Variables: Match.objectLike({ CLUSTER_NAME: { "Fn::ImportValue": "cluster" } }) },
  });
  const reads = Match.objectLike({
    Sid: "ReadOperations",
    Resource: Match.arrayWith([{ "Fn::Join": ["", Match.arrayWith([id])] }]),
  });
  expect(template).toHaveNumberSuch(
    "AWS::IAM::Role",
    { Policies: [{ PolicyDocument: { Statement: Match.arrayWith([reads]) } }] },
    3,
  );
});

test("by its id alone it is known too", () => {
  const template = synth((stack) => ({ ...propsOf(stack), configuration: {} }));
  expect(template).toHaveOne("AWS::SSM::Parameter", {
    Value: { "Fn::Join": ["", ['{"namespaces":["', id, '"]}']] },
  });
});

test("one that CDK makes is taken as it is", () => {
  const template = synth((stack) => ({
    ...propsOf(stack),
    configuration: {},
    namespaces: [new HttpNamespace(stack, "Front", { name: "front.local" })],
  }));
  expect(template).toHaveOne("AWS::SSM::Parameter", {
    Value: {
      "Fn::Join": ["", ['{"namespaces":["', { "Fn::GetAtt": [Match.stringLikeRegexp("^Front"), "Id"] }, '"]}']],
    },
  });
});

test("a mapping takes a service and a Kubernetes namespace that are known when they are deployed", () => {
  const template = synth((stack) => {
    const namespace = new HttpNamespace(stack, "Front", { name: "front.local" });
    const web = namespace.createService("Web");
    const pods = { namespace: Fn.importValue("team"), selector: `app=${Fn.importValue("app")}` };
    return {
      ...propsOf(stack),
      namespaces: [namespace],
      configuration: { mappings: [{ service: web.serviceName, pods }] },
    };
  });
  const service = { "Fn::GetAtt": [Match.stringLikeRegexp("^Front"), "Name"] };
  expect(template).toHaveOne("AWS::SSM::Parameter", {
    Value: {
      "Fn::Join": [
        "",
        Match.arrayWith([
          service,
          '","pods":{"namespace":"',
          { "Fn::ImportValue": "team" },
          '","selector":"app=',
          { "Fn::ImportValue": "app" },
        ]),
      ],
    },
  });
});

test("what has to be known at synth is asked for in words that can be read", () => {
  const configuration = { owner: Fn.importValue("owner"), namespaces: [Fn.importValue("a"), "b.local"], mappings: [] };
  const mapping = { service: "web", namespace: Fn.importValue("a"), pods: { namespace: "shop" } };
  const refused = () => synth({ cluster: "prod", configuration: { ...configuration, mappings: [mapping] } });
  expect(refused).toThrow(
    "  owner: is a token of CDK, known at deployment only; write 1 to 256 of letters, digits, spaces and `_.:/=+@-`",
  );
  expect(refused).toThrow(
    "  mappings[0].namespace: is a token of CDK, known at deployment only, which is not among `namespaces`; write one of",
  );
  expect(refused).not.toThrow("TOKEN");
});

test("nothing is warned of", () => {
  const stack = createStack((made) => ({ ...propsOf(made), access: "rbac" }));
  expect(Annotations.fromStack(stack).findWarning("*", Match.anyValue())).toEqual([]);
});
