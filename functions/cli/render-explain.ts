import type { ExplainedMapping } from "./explain-mapping.ts";
import type { Explanation, ExplainedInstance, ExplainedPod, Next } from "./explain.ts";
import type { Origin } from "./origins.ts";
import { holderIn, renderChanges } from "./render-changes.ts";
import { renderHolds } from "./render-holds.ts";
import { reportTitle } from "./service-table.ts";
import { createPaint, fit, printable } from "./text.ts";
import type { Paint, Style } from "./text.ts";

/** What is known of each pod, instance and service, and in the end what the next pass would do. */
export function renderExplanation({ pods, instances, services, mappings, next }: Explanation, style: Style): string {
  const paint = createPaint(style);
  const blocks = [
    ...pods.map((pod) => podLines(pod, isHidden(pod, instances, next), paint)),
    ...instances.map((instance) => instanceLines(instance, paint)),
    ...services.map((service) => [
      paint("bold", printable(`service ${reportTitle(service)}`)),
      `  ${service.desired} desired, ${service.registered} registered, ${service.foreign} of others`,
      `  claimed by ${printable(listSome(service.claimedBy, "nobody"))}`,
      `  instances: ${printable(listSome(service.instances, "none"))}`,
      ...(service.desired === 0 && service.claimedBy.length > 0
        ? [`  which pods are chosen, or nearly: explain ${printable(service.claimedBy[0] ?? "")}`]
        : []),
      ...(service.error === null ? [] : [`  ${paint("red", "failed:")} ${printable(service.error)}`]),
      ...renderChanges(service, "plan", paint),
      ...renderHolds(service.held, paint),
    ]),
    ...mappings.map((mapping) => mappingLines(mapping, paint)),
    ...(pods.length + instances.length > 0 ? [nextLines(next, paint)] : []),
  ];
  return fit(`${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`, style);
}

/** Whether its readiness alone keeps it out of the registry. */
function isHidden(
  { pod, state, mappings }: ExplainedPod,
  instances: readonly ExplainedInstance[],
  next: readonly Next[],
): boolean {
  if (state !== "not-ready" || !mappings.some(({ missing }) => missing === null)) return false;
  const isAbout = (one: { readonly pod: string | null }) => one.pod === pod;
  return !instances.some(isAbout) && !next.some((one) => isAbout("change" in one ? one.change : one.held));
}

/** So many names are listed; JSON has all. */
const NAMES_SHOWN = 20;

export function listSome(names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
  return `${names.slice(0, NAMES_SHOWN).join(", ")}${more}`;
}

function podLines({ pod, ips, state, why, mappings }: ExplainedPod, hidden: boolean, paint: Paint): readonly string[] {
  return [
    paint(
      "bold",
      printable(`${pod.startsWith("Service ") ? "" : "pod "}${pod}${ips.length === 0 ? "" : ` at ${ips.join(", ")}`}`),
    ),
    `  ${state === "ready" ? paint("green", "ready") : paint("yellow", state)}: ${printable(why)}`,
    ...(hidden ? ["  It is not registered, because it is not ready."] : []),
    ...(mappings.length === 0
      ? ["  no mapping chooses it, nor nearly: none selects pods of its namespace by such labels"]
      : []),
    ...mappings.map(({ mapping, service, missing }) =>
      missing === null
        ? `  ${printable(`${mapping} chooses it for ${service}`)}`
        : `  ${printable(`${mapping} nearly chooses it for ${service}: it lacks ${missing}`)}`,
    ),
  ];
}

function instanceLines(instance: ExplainedInstance, paint: Paint): readonly string[] {
  const { service, id, pod, owner, attributes, isOurs } = instance;
  const holder = pod === null ? (holderIn(instance) ?? "no pod") : `pod ${pod}`;
  return [
    paint("bold", printable(`instance ${id} of ${service}`)),
    `  of ${printable(`${holder}, registered by ${owner}`)}`,
    ...attributes.map(({ key, value, from, over }) => {
      const replaced = over === undefined ? "" : `, over the label's ${JSON.stringify(over)}`;
      if (!isOurs) return `  ${printable(`${key}=${value}`)}`;
      return `  ${printable(`${key}=${value}`)} ${paint("dim", printable(`(${SOURCES[from]}${replaced})`))}`;
    }),
  ];
}

const SOURCES: Readonly<Record<Origin["from"], string>> = {
  "this tool": "this tool",
  mapping: "mapping",
  label: "label",
  "somebody else": "somebody else, kept",
  unknown: "from neither its pod nor a mapping as they are now",
};

function mappingLines(mapping: ExplainedMapping, paint: Paint): readonly string[] {
  const { mapping: name, service, asks, chosen, problems } = mapping;
  return [
    paint("bold", printable(name)),
    `  maps ${printable(`${asks} to ${service === null ? "a service that is not known" : `service ${service}`}`)}`,
    `  chooses ${printable(listSome(chosen, "nothing"))}`,
    ...problems.map((problem) => `  ${paint("yellow", "!")} ${printable(problem)}`),
  ];
}

function nextLines(next: readonly Next[], paint: Paint): readonly string[] {
  if (next.length === 0) return [paint("bold", "The next pass changes nothing about it.")];
  return [
    paint("bold", "The next pass:"),
    ...next.flatMap((one) =>
      "change" in one
        ? inService(one.service, renderChanges({ changes: [one.change] }, "plan", paint))
        : inService(one.service, renderHolds([one.held], paint)),
    ),
  ];
}

function inService(service: string, [first = "", ...others]: readonly string[]): readonly string[] {
  return [`${first} [${printable(service)}]`, ...others];
}
