import { expect, test } from "vitest";
import { parseEnvironment, parseLambdaEnvironment } from "../../../functions/runtime/configuration/environment.ts";

test("leaves to the SDK what the environment does not say", () => {
  expect(parseEnvironment({ AWS_REGION: " " })).toEqual({
    region: undefined,
    cloudMapEndpoint: undefined,
    eksEndpoint: undefined,
    variables: { AWS_REGION: " " },
  });
});

test("prefers a service's own endpoint to the one for all", () => {
  const variables = { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_ENDPOINT_URL_EKS: "http://127.0.0.1:2" };
  const { cloudMapEndpoint, eksEndpoint } = parseEnvironment(variables);
  expect([cloudMapEndpoint, eksEndpoint]).toEqual(["http://127.0.0.1:1", "http://127.0.0.1:2"]);
});

test("obeys the switch that makes the SDK ignore endpoints", () => {
  const variables = { AWS_ENDPOINT_URL: "nonsense", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
  expect(parseEnvironment(variables).cloudMapEndpoint).toBeUndefined();
});

test("names every variable that is no URL, and the remedy", () => {
  const variables = { AWS_ENDPOINT_URL_SERVICEDISCOVERY: "127.0.0.1:1", AWS_ENDPOINT_URL: "localhost" };
  expect(() => parseEnvironment(variables)).toThrow(
    'AWS_ENDPOINT_URL_SERVICEDISCOVERY is "127.0.0.1:1"; write a URL like https://host:port, or unset it\nAWS_ENDPOINT_URL is "localhost"',
  );
});

test("tells a Lambda everything that its deployment left out", () => {
  expect(() => parseLambdaEnvironment({})).toThrow(/CLUSTER_NAME is missing; .*\nCONFIG_PARAMETER is missing; /);
  expect(parseLambdaEnvironment({ CLUSTER_NAME: "prod", CONFIG_PARAMETER: "/sync" })).toEqual({
    cluster: "prod",
    parameter: "/sync",
    staleMinutes: 10,
    turnParameter: undefined,
    isWatched: false,
    queueUrl: undefined,
    metricsNamespace: "EksCloudMapSync",
    deployment: "default",
  });
  expect(() =>
    parseLambdaEnvironment({ CLUSTER_NAME: "a", CONFIG_PARAMETER: "b", CONFIG_STALE_MINUTES: "-1" }),
  ).toThrow('CONFIG_STALE_MINUTES is "-1"; write whole minutes, 0 for none');
});
