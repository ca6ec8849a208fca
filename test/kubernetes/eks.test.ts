import { expect, test } from "vitest";
import { presignToken } from "../../functions/kubernetes/eks.ts";

const TEST_CREDENTIALS = () => Promise.resolve({ accessKeyId: "AKIATEST", secretAccessKey: "secret" });

test("the EKS token is a presigned GetCallerIdentity that is bound to the cluster", async () => {
  const token = await presignToken({
    cluster: "prod",
    region: "eu-west-1",
    credentials: TEST_CREDENTIALS,
    now: () => Date.UTC(2026, 10, 24),
  });
  expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
  const url = new URL(Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString());
  expect(url.hostname).toBe("sts.eu-west-1.amazonaws.com");
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    Action: "GetCallerIdentity",
    "X-Amz-Date": "20261124T000000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
  });
});
