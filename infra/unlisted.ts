import { Annotations, Token } from "aws-cdk-lib/core";
import { CfnService } from "aws-cdk-lib/aws-servicediscovery";
import type { IService } from "aws-cdk-lib/aws-servicediscovery";
import type { Construct } from "constructs";
import type { Configuration } from "../functions/core/settings.ts";
import type { CloudMapSyncProps } from "./props.ts";
import { isParameter } from "./validate.ts";

/**
 * Warns of mappings whose services are not in the prop `services`, of which no instance could be written. Of a service that is
 * listed by its ARN the name is not known: it is taken for one that a mapping has, so that what is left is sure to be missing.
 */
export function warnOfUnlisted(
  scope: Construct,
  { services, configuration }: CloudMapSyncProps,
  settings: Configuration | undefined,
): void {
  if (settings === undefined || services === undefined || services === "tagged" || isParameter(configuration)) return;
  const names = services.flatMap((given) => (typeof given === "string" ? [] : namesOf(given)));
  const mapped = new Map(
    (configuration.mappings ?? []).map(({ service, namespace = settings.namespaces[0] ?? "" }, index) => [
      `${namespace}/${service}`,
      { service, readable: Token.isUnresolved(service) ? `\`mappings[${index}]\`` : readableName(namespace, service) },
    ]),
  );
  const all = [...mapped.values()];
  const unknown = all.filter(({ service }) => !names.includes(service));
  const byArn = services.filter((given) => typeof given === "string").length;
  const candidates = unknown.length > byArn ? unknown : all;
  const missing = Math.max(unknown.length - byArn, all.length - services.length);
  if (missing <= 0) return;
  const list = candidates.map(({ readable }) => readable).join(", ");
  Annotations.of(scope).addWarningV2(
    "eks-cloudmap-sync:unlistedService",
    `${missing < candidates.length ? `${missing} of ` : ""}${list}: not among \`services\`, so that the functions may not write such a service, and every pass fails at it; add it to \`services\`, or set that to "tagged"`,
  );
}

/** As a mapping may call it: one that the app makes also by the name that it is given, which CDK knows as a token only. */
function namesOf(service: IService): readonly string[] {
  const { serviceName } = service;
  const resource = service.node.defaultChild;
  return resource instanceof CfnService && resource.name !== undefined ? [serviceName, resource.name] : [serviceName];
}

function readableName(namespace: string, service: string): string {
  return Token.isUnresolved(namespace) ? service : `${namespace}/${service}`;
}
