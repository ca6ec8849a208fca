import { isIPv4, isIPv6 } from "node:net";
import { namespaceOf } from "./identity.ts";
import { invalid } from "./input.ts";
import type { RecordType, Service } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

type Attributes = Readonly<Record<string, string>>;

const MOST_CHARACTERS = 5_000;
const isHealth = (value: string) => value === "HEALTHY" || value === "UNHEALTHY";
const isPort = (value: string) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535;
const isName = (value: string) => value !== "";

/** The attributes that Cloud Map understands; all others are custom. */
const UNDERSTOOD: Readonly<Record<string, (value: string) => boolean>> = {
  AWS_ALIAS_DNS_NAME: isName,
  AWS_EC2_INSTANCE_ID: (value) => /^i-[0-9a-f]{8,17}$/.test(value),
  AWS_INIT_HEALTH_STATUS: isHealth,
  AWS_INSTANCE_CNAME: isName,
  AWS_INSTANCE_IPV4: isIPv4,
  AWS_INSTANCE_IPV6: isIPv6,
  AWS_INSTANCE_PORT: isPort,
};

const REQUIRED: Readonly<Record<RecordType, string>> = {
  A: "AWS_INSTANCE_IPV4",
  AAAA: "AWS_INSTANCE_IPV6",
  SRV: "AWS_INSTANCE_PORT",
  CNAME: "AWS_INSTANCE_CNAME",
};

/** The attributes that an instance registered with `asked` has. Throws InvalidInput where the service cannot take them. */
export function attributesFor(world: CloudMapWorld, service: Service, asked: Attributes): Attributes {
  checkSizes(world, asked);
  for (const [key, isValid] of Object.entries(UNDERSTOOD)) {
    const value = asked[key];
    if (value !== undefined && !isValid(value)) throw invalid(`Attributes.${key}: ${value} is not valid`);
  }
  const { initHealthWithoutCheck } = world.options.switches;
  if ("AWS_INIT_HEALTH_STATUS" in asked && !service.hasCustomHealth && initHealthWithoutCheck === "refused")
    throw invalid("Attributes.AWS_INIT_HEALTH_STATUS: the service has no custom health check");
  if ("AWS_EC2_INSTANCE_ID" in asked) return withEc2Address(world, service, asked);
  if ("AWS_ALIAS_DNS_NAME" in asked) checkAlias(world, service, asked);
  else checkRecords(world, service, asked);
  return asked;
}

function checkSizes(world: CloudMapWorld, asked: Attributes): void {
  const entries = Object.entries(asked);
  const custom = entries.filter(([key]) => !(key in UNDERSTOOD)).length;
  if (custom > world.options.quotas.customAttributes)
    throw invalid(`Attributes: ${custom} custom ones are more than ${world.options.quotas.customAttributes}`);
  const characters = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (characters > MOST_CHARACTERS)
    throw invalid(`Attributes: ${characters} characters are more than ${MOST_CHARACTERS}`);
  const [empty] = entries.find(([, value]) => value === "") ?? [];
  if (empty !== undefined && world.options.switches.emptyValues === "refused")
    throw invalid(`Attributes.${empty}: must have a value`);
}

function checkRecords(world: CloudMapWorld, { settings }: Service, asked: Attributes): void {
  const types = settings.dns?.DnsRecords.map(({ Type }) => Type) ?? [];
  const isEither = world.options.switches.oneFamily === "accepted" && types.includes("A") && types.includes("AAAA");
  for (const Type of types) {
    const key = REQUIRED[Type];
    const isOther = isEither && (REQUIRED.A in asked || REQUIRED.AAAA in asked);
    if (!(key in asked) && !isOther)
      throw invalid(`Attributes.${key}: must be specified, the service has ${Type} records`);
    if (Type === "SRV" && !("AWS_INSTANCE_IPV4" in asked) && !("AWS_INSTANCE_IPV6" in asked))
      throw invalid(
        "Attributes: AWS_INSTANCE_IPV4 or AWS_INSTANCE_IPV6 must be specified, the service has SRV records",
      );
  }
  if (settings.healthCheck !== undefined && !("AWS_INSTANCE_PORT" in asked))
    throw invalid("Attributes.AWS_INSTANCE_PORT: must be specified, the service has a health check");
}

function checkAlias({ region }: CloudMapWorld, { settings: { dns } }: Service, asked: Attributes): void {
  if (region.startsWith("us-gov-")) throw invalid("Attributes.AWS_ALIAS_DNS_NAME: not supported in this region");
  if (!/\.elb\./.test(asked["AWS_ALIAS_DNS_NAME"] ?? ""))
    throw invalid("Attributes.AWS_ALIAS_DNS_NAME: is not the name of an Elastic Load Balancing load balancer");
  if (!dns?.DnsRecords.some(({ Type }) => Type === "A" || Type === "AAAA"))
    throw invalid("Attributes.AWS_ALIAS_DNS_NAME: the service has neither A nor AAAA records");
  if (dns.RoutingPolicy !== "WEIGHTED")
    throw invalid("Attributes.AWS_ALIAS_DNS_NAME: the service's routing policy is not WEIGHTED");
  const other = Object.keys(asked).find((key) => key.startsWith("AWS_INSTANCE_"));
  if (other !== undefined) throw invalid(`Attributes.${other}: cannot be combined with AWS_ALIAS_DNS_NAME`);
}

function withEc2Address(world: CloudMapWorld, service: Service, asked: Attributes): Attributes {
  if (namespaceOf(world, service).type !== "HTTP")
    throw invalid("Attributes.AWS_EC2_INSTANCE_ID: only in HTTP namespaces");
  const other = Object.keys(asked).find((key) => key !== "AWS_EC2_INSTANCE_ID" && key !== "AWS_INIT_HEALTH_STATUS");
  if (other !== undefined) throw invalid(`Attributes.${other}: cannot be combined with AWS_EC2_INSTANCE_ID`);
  const address = world.options.ec2Addresses[asked["AWS_EC2_INSTANCE_ID"] ?? ""];
  if (address === undefined) throw invalid("Attributes.AWS_EC2_INSTANCE_ID: there is no such EC2 instance");
  return { ...asked, AWS_INSTANCE_IPV4: address };
}
