/** The suffixes of AWS's names, of every partition: the SDK's `dnsSuffix`es. */
const SUFFIXES: readonly string[] = [
  "amazonaws.com",
  "amazonaws.com.cn",
  "amazonaws.eu",
  "c2s.ic.gov",
  "sc2s.sgov.gov",
  "cloud.adc-e.uk",
  "csp.hci.ic.gov",
];
const SUFFIX = SUFFIXES.join("|").replaceAll(".", String.raw`\.`);

/** `NAME.REGION.elb.SUFFIX` (Classic and Application Load Balancers), `NAME.elb.REGION.SUFFIX` (Network Load Balancers). */
const NAME = new RegExp(`^[^.].*\\.(?:(?<before>[a-z0-9-]+)\\.elb|elb\\.(?<after>[a-z0-9-]+))\\.(?:${SUFFIX})$`, "i");

/**
 * Whether a name is one that AWS gives to load balancers, and that Cloud Map can make an alias of: not in GovCloud
 * (docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html, `AWS_ALIAS_DNS_NAME`).
 */
export function isAliasName(name: string): boolean {
  const { before, after } = NAME.exec(name)?.groups ?? {};
  const region = before ?? after;
  return region !== undefined && !region.startsWith("us-gov-");
}
