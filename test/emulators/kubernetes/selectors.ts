import { textAt } from "./objects.ts";
import type { KubernetesObject, Resource } from "./objects.ts";
import { badRequest } from "./status.ts";

export type Predicate = (object: KubernetesObject) => boolean;
type Labels = Readonly<Record<string, string>>;

/** Both selectors of a request in one predicate; undefined when it has none. */
export function parseSelectors(resource: Resource, query: URLSearchParams): Predicate | undefined {
  const label = query.get("labelSelector") ?? "";
  const field = query.get("fieldSelector") ?? "";
  const predicates = [
    ...(label === "" ? [] : parseLabelSelector(label)),
    ...(field === "" ? [] : parseFieldSelector(resource, field)),
  ];
  return predicates.length === 0 ? undefined : (object) => predicates.every((matches) => matches(object));
}

function parseLabelSelector(text: string): readonly Predicate[] {
  const tokens = text.match(/[(),<>]|!=|==|=|!|[^ \t\r\n(),=!<>]+/g) ?? [];
  if (tokens.length === 0) return [];
  let next = 0;
  const take = () => tokens[next++] ?? "";
  const identifier = () => {
    const token = take();
    return /^[(),=!<>]/.test(token) || token === "" ? fail(token, ", expected: identifier") : token;
  };
  const values = (): readonly string[] => {
    const open = take();
    if (open !== "(") fail(open, " expected: '('");
    // Up to 1.34 the server takes commas in pairs, and then wants something before the parenthesis.
    const commas = /(,*)\)/.exec(tokens.slice(next).join(""))?.[1]?.length ?? 0;
    if (commas > 0 && commas % 2 === 0) fail(")", ", expected: ',', or identifier");
    const list: string[] = [];
    for (let wantsValue = true; ;) {
      const token = take();
      if (token === ")" || token === ",") {
        if (wantsValue) list.push("");
        if (token === ")") return list;
        wantsValue = true;
      } else if (!wantsValue || /^$|^[(=!<>]/.test(token)) fail(token, ", expected: ',' or ')'");
      else {
        list.push(token);
        wantsValue = false;
      }
    }
  };
  const requirement = (): ((labels: Labels) => boolean) => {
    if (tokens[next] === "!") {
      take();
      const key = checkKey(identifier());
      return (labels) => labels[key] === undefined;
    }
    const key = checkKey(identifier());
    const operator = tokens[next] === undefined || tokens[next] === "," ? "" : take();
    switch (operator) {
      case "":
        return (labels) => labels[key] !== undefined;
      case "=":
      case "==":
      case "!=": {
        const value = tokens[next] === undefined || tokens[next] === "," ? "" : checkValue(key, identifier());
        return (labels) => (labels[key] === value) === (operator !== "!=");
      }
      case ">":
      case "<": {
        const bound = integer(checkValue(key, tokens[next] === "," ? "" : take()));
        if (bound === undefined) throw badRequest(`for 'Gt', 'Lt' operators, the value must be an integer`);
        return (labels) => {
          const value = integer(labels[key] ?? "");
          return value !== undefined && (operator === ">" ? value > bound : value < bound);
        };
      }
      case "in":
      case "notin": {
        const allowed = new Set(values().map((value) => checkValue(key, value)));
        return (labels) => {
          const value = labels[key];
          return (value !== undefined && allowed.has(value)) === (operator === "in");
        };
      }
      default:
        return fail(operator, ", expected: in, notin, =, ==, !=, gt, lt");
    }
  };
  const requirements = [requirement()];
  while (next < tokens.length) {
    const separator = take();
    if (separator !== ",") fail(separator, ", expected: ',' or 'end of string'");
    requirements.push(requirement());
  }
  return requirements.map(
    (matches) =>
      ({ metadata }: KubernetesObject) =>
        matches(metadata.labels ?? {}),
  );
}

function fail(found: string, expected: string): never {
  throw badRequest(`unable to parse requirement: found '${found}'${expected}`);
}

/** Of 64 bits; what a selector compares with is a label's value too, so it has no sign. */
function integer(text: string): bigint | undefined {
  const value = /^\d+$/.test(text) ? BigInt(text) : undefined;
  return value !== undefined && value < 2n ** 63n ? value : undefined;
}

const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const isName = (text: string) => text.length <= 63 && namePart.test(text);

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function checkKey(key: string): string {
  const [name = "", prefix, ...rest] = key.split("/").toReversed();
  const hasPrefix = prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix));
  if (isName(name) && hasPrefix && rest.length === 0) return key;
  throw badRequest(`unable to parse requirement: <nil>: Invalid value: "${key}": name part must consist of …`);
}

function checkValue(key: string, value: string): string {
  if (value === "" || isName(value)) return value;
  throw badRequest(
    `unable to parse requirement: values[0][${key}]: Invalid value: "${value}": a valid label must be …`,
  );
}

/** The fields that the real server selects by, for each resource, next to name and namespace. */
const selectableFields: Readonly<Record<string, readonly string[]>> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  nodes: ["spec.unschedulable"],
  services: ["spec.clusterIP", "spec.type"],
  namespaces: ["status.phase"],
  replicasets: ["status.replicas"],
};
/** What an unset field reads as. */
const fieldDefaults: Readonly<Record<string, string>> = { "spec.hostNetwork": "false", "spec.unschedulable": "false" };

function parseFieldSelector(resource: Resource, text: string): readonly Predicate[] {
  const supported = ["metadata.name", ...(resource.namespaced ? ["metadata.namespace"] : [])].concat(
    selectableFields[resource.plural] ?? [],
  );
  return text
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const parts = /^(.*?)(!=|==|=)(.*)$/.exec(term);
      if (!parts) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
      const [, field = "", operator, value] = parts;
      if (!supported.includes(field)) throw badRequest(`field label not supported: ${field}`);
      return (object) => ((textAt(object, field) || fieldDefaults[field] || "") === value) === (operator !== "!=");
    });
}
