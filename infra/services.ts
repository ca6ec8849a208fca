import type { CloudMapSyncProps } from "./props.ts";

/** The prop's services, those of CDK among them by their ARNs. Undefined where it is not set. */
export function writableServices({
  services,
}: Pick<CloudMapSyncProps, "services">): "tagged" | readonly string[] | undefined {
  if (services === undefined || services === "tagged") return services;
  return services.map((given) => (typeof given === "string" ? given : given.serviceArn));
}
