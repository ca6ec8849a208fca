import { expect, test } from "vitest";
import { presignToken } from "../../../functions/kubernetes/eks.ts";
import { userOfToken } from "./token.ts";

const NOW = Date.parse("2026-11-24T14:00:00Z");
const rules = {
  cluster: "prod",
  secretOf: (id: string) => (id === "AKIDEXAMPLE" ? "secret" : undefined),
  now: () => NOW,
};

test("takes a presigned GetCallerIdentity that is bound to the cluster", async () => {
  expect(userOfToken(await token(), rules)).toBe("AKIDEXAMPLE");
});

test("takes one with a session token, as roles have them", async () => {
  expect(userOfToken(await token({ sessionToken: "session/+=" }), rules)).toBe("AKIDEXAMPLE");
});

test.each(["us-west-2", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1"])(
  "takes one of STS's host in %s",
  async (region) => {
    expect(userOfToken(await token({ region }), rules)).toBe("AKIDEXAMPLE");
  },
);

test.each([
  ["of another cluster", async () => token({ cluster: "staging" }), {}],
  ["with another secret", async () => token({ secretAccessKey: "other" }), {}],
  ["of an unknown key", async () => token({ accessKeyId: "AKIDOTHER" }), {}],
  ["15 minutes old", token, { now: () => NOW + 15 * 60_000 }],
  ["of tomorrow", token, { now: () => NOW - 86_400_000 }],
  ["without the prefix", async () => (await token()).slice(1), {}],
  ["that is changed", async () => changed(await token()), {}],
  ["that is no URL", async () => "k8s-aws-v1.bm90aGluZw", {}],
])("refuses a token %s", async (_, make, others) => {
  expect(userOfToken(await make(), { ...rules, ...others })).toBeUndefined();
});

async function token({
  cluster = "prod",
  accessKeyId = "AKIDEXAMPLE",
  secretAccessKey = "secret",
  sessionToken,
  region = "us-west-2",
}: {
  readonly cluster?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly region?: string;
} = {}): Promise<string> {
  const identity = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const credentials = () => Promise.resolve(identity);
  return presignToken({ cluster, region, credentials, now: () => NOW });
}

/** The same with another expiry, signed as before. */
function changed(text: string): string {
  const url = Buffer.from(text.slice("k8s-aws-v1.".length), "base64url").toString("utf8");
  return `k8s-aws-v1.${Buffer.from(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")).toString("base64url")}`;
}
