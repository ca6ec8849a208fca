import { invalid } from "./input.ts";
import type { DnsConfig, HealthCheck, Namespace, Service, ServiceSettings } from "./state.ts";

type Asked = {
  readonly NamespaceId?: string | undefined;
  readonly Type?: "HTTP" | undefined;
  readonly DnsConfig?: AskedDns | undefined;
  readonly HealthCheckConfig?: HealthCheck | undefined;
  readonly HealthCheckCustomConfig?: object | undefined;
};
type Records = Pick<DnsConfig, "DnsRecords">;
type AskedDns = Records & {
  readonly NamespaceId?: string | undefined;
  readonly RoutingPolicy?: DnsConfig["RoutingPolicy"] | undefined;
};

const COMBINATIONS = ["A", "AAAA", "A,AAAA", "SRV", "CNAME"];

/** What CreateService refuses though every member is well formed. Throws InvalidInput. */
export function checkNewService({ id, arn, type }: Namespace, asked: Asked): void {
  const { DnsConfig: dns, HealthCheckConfig: check, HealthCheckCustomConfig: custom } = asked;
  if (dns?.NamespaceId !== undefined && dns.NamespaceId !== id && dns.NamespaceId !== arn)
    throw invalid("DnsConfig.NamespaceId: differs from NamespaceId");
  if (check !== undefined && custom !== undefined)
    throw invalid("You can specify either HealthCheckCustomConfig or HealthCheckConfig, but not both");
  if (dns === undefined) {
    if (type !== "HTTP" && asked.Type === undefined) throw invalid("DnsConfig: a service of a DNS namespace needs it");
  } else {
    if (type === "HTTP" || asked.Type === "HTTP") throw invalid("DnsConfig: a service of type HTTP has none");
    checkRecords(dns, check);
  }
  checkHealthCheck(type, check);
}

/** The settings after an UpdateService, where what is left out is deleted. Throws InvalidInput. */
export function settingsAfter(
  { type }: Namespace,
  { settings }: Service,
  change: {
    readonly Description?: string | undefined;
    readonly DnsConfig?: Records | undefined;
    readonly HealthCheckConfig?: HealthCheck | undefined;
  },
): ServiceSettings {
  if (type === "HTTP") throw invalid("A service of an HTTP namespace cannot be updated");
  const records = change.DnsConfig?.DnsRecords;
  if (records !== undefined && typesOf(records) !== typesOf(settings.dns?.DnsRecords ?? []))
    throw invalid("DnsConfig.DnsRecords: the type of a record cannot be changed");
  checkHealthCheck(type, change.HealthCheckConfig);
  return {
    description: change.Description ?? settings.description,
    dns: records && { RoutingPolicy: settings.dns?.RoutingPolicy ?? "MULTIVALUE", DnsRecords: records },
    healthCheck: change.HealthCheckConfig,
  };
}

function checkRecords({ DnsRecords, RoutingPolicy }: AskedDns, check: HealthCheck | undefined): void {
  const types = typesOf(DnsRecords);
  if (!COMBINATIONS.includes(types)) throw invalid(`DnsConfig.DnsRecords: ${types || "none"} is not a combination`);
  if (types !== "CNAME") return;
  if (RoutingPolicy !== "WEIGHTED") throw invalid("DnsConfig.RoutingPolicy: CNAME needs WEIGHTED");
  if (check !== undefined) throw invalid("HealthCheckConfig: cannot be combined with CNAME");
}

function checkHealthCheck(type: Namespace["type"], check: HealthCheck | undefined): void {
  if (check === undefined) return;
  if (type === "DNS_PRIVATE") throw invalid("HealthCheckConfig: not in a private DNS namespace");
  if (check.Type === "TCP" && check.ResourcePath !== undefined)
    throw invalid("HealthCheckConfig.ResourcePath: not with TCP");
}

function typesOf(records: Records["DnsRecords"]): string {
  return records
    .map(({ Type }) => Type)
    .toSorted()
    .join();
}
