import { RegionInfo } from "aws-cdk-lib/region-info";
import { expect, test } from "vitest";
import { isAliasName } from "../../functions/core/elb-names.ts";

test("names of load balancers are known in every region of every partition; in GovCloud they make no aliases", () => {
  const regions = RegionInfo.regions.filter(({ domainSuffix }) => domainSuffix !== undefined);
  expect(regions.length).toBeGreaterThan(30);
  const wrong = regions.flatMap(({ name: region, domainSuffix }) =>
    [`internal-web-1234.${region}.elb.${domainSuffix}`, `web-1234.elb.${region}.${domainSuffix}`].filter(
      (name) => isAliasName(name) === region.startsWith("us-gov-"),
    ),
  );
  expect(wrong).toEqual([]);
});

test.each([
  "web.example.com",
  "amazonaws.com",
  "eu-west-1.elb.amazonaws.com",
  "web.elb.eu-west-1.amazonaws.com.example.com",
  "web.s3.eu-west-1.amazonaws.com",
  "abc.cloudfront.net",
])("%s is no load balancer's", (name) => {
  expect(isAliasName(name)).toBe(false);
});
