import { Token } from "aws-cdk-lib/core";
import { isObject } from "./shapes.ts";

/** Passes every check of a text in a mapping. */
const STAND_IN = "known-at-deployment";

/**
 * A document to check, in which a stand-in is what its mappings say of services and pods in tokens of CDK (`web.serviceName`):
 * the functions check what comes of those, when they read it.
 */
export function withStandIns(document: { readonly mappings?: unknown }): object {
  const { mappings } = document;
  return Array.isArray(mappings) && !Token.isUnresolved(mappings)
    ? { ...document, mappings: mappings.map((mapping: unknown) => standInMapping(mapping)) }
    : document;
}

function standInMapping(mapping: unknown): unknown {
  if (!isObject(mapping)) return mapping;
  const { service, pods } = mapping;
  return {
    ...mapping,
    service: standIn(service),
    pods: isObject(pods)
      ? { ...pods, namespace: standIn(pods["namespace"]), selector: standIn(pods["selector"]) }
      : pods,
  };
}

function standIn(value: unknown): unknown {
  return typeof value === "string" && Token.isUnresolved(value) ? STAND_IN : value;
}

/** A message without the names that CDK gives to tokens, which tell nobody anything. */
export function withoutTokens(message: string): string {
  return message
    .replaceAll(/"[$#]\{Token\[[^\]]*\]\}"/g, "a token of CDK, known at deployment only")
    .replaceAll(/[$#]\{Token\[[^\]]*\]\}/g, "(a token of CDK)");
}
