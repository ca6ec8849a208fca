import { createHash, createHmac } from "node:crypto";

/** EKS takes a token for so long after it was signed, whatever its URL says, in milliseconds. */
const LIFE = 15 * 60_000;
const PREFIX = "k8s-aws-v1.";
/** Where each partition's STS is, by what its regions begin with: the first that fits. */
const SUFFIXES: readonly (readonly [regions: string, suffix: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["", "amazonaws.com"],
];

type Rules = {
  readonly cluster: string;
  /** The secret of an access key that may read the cluster; undefined: an unknown one. */
  readonly secretOf: (accessKeyId: string) => string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/**
 * Who a token speaks for, as EKS's webhook tells the API server; undefined: nobody. A token is a GetCallerIdentity of STS,
 * presigned for this cluster: https://github.com/kubernetes-sigs/aws-iam-authenticator, its API section. What the URL holds is
 * checked as STS would: its signature is computed once more.
 */
export function userOfToken(token: string, { cluster, secretOf, now }: Rules): string | undefined {
  const url = parseUrl(token);
  if (url === undefined) return undefined;
  const { searchParams: query } = url;
  if (query.get("Action") !== "GetCallerIdentity" || url.pathname !== "/") return undefined;
  const [keyId = "", ...scope] = (query.get("X-Amz-Credential") ?? "").split("/");
  const secret = secretOf(keyId);
  const signedAt = Date.parse(
    (query.get("X-Amz-Date") ?? "").replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"),
  );
  const isFresh = now() >= signedAt - 60_000 && now() < signedAt + LIFE;
  const isBound = query.get("X-Amz-SignedHeaders") === "host;x-k8s-aws-id";
  if (secret === undefined || !isFresh || !isBound || scope[2] !== "sts") return undefined;
  return signatureOf(url, cluster, secret, scope) === query.get("X-Amz-Signature") ? keyId : undefined;
}

function parseUrl(token: string): URL | undefined {
  if (!token.startsWith(PREFIX)) return undefined;
  const text = Buffer.from(token.slice(PREFIX.length), "base64url").toString("utf8");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && isHostOfSts(url.host) ? url : undefined;
}

/** The host of a region, or the old one of all. */
function isHostOfSts(host: string): boolean {
  const [, region] = /^sts\.([a-z-]+-\d+)\./.exec(host) ?? [];
  if (region === undefined) return host === "sts.amazonaws.com";
  const [, suffix] = SUFFIXES.find(([regions]) => region.startsWith(regions)) ?? [];
  return host === `sts.${region}.${suffix}`;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
function signatureOf(url: URL, cluster: string, secret: string, scope: readonly string[]): string {
  const query = [...url.searchParams]
    .filter(([key]) => key !== "X-Amz-Signature")
    .map((pair) => pair.map(encode).join("="))
    .toSorted()
    .join("&");
  const headers = `host:${url.host}\nx-k8s-aws-id:${cluster}\n`;
  const request = ["GET", "/", query, headers, "host;x-k8s-aws-id", sha256("")].join("\n");
  const text = ["AWS4-HMAC-SHA256", url.searchParams.get("X-Amz-Date"), scope.join("/"), sha256(request)].join("\n");
  const key = scope.reduce<Uint8Array>(hmac, Buffer.from(`AWS4${secret}`));
  return hmac(key, text).toString("hex");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
