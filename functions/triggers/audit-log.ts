import { gunzipSync } from "node:zlib";
import * as z from "zod";
import { InputError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import type { Scope } from "../core/model.ts";
import { kubernetesName } from "./names.ts";

/** A few hundred kilobytes may unpack to more than the function's memory of 256 MB; so many bytes fit, parsed and all. */
const MAX_UNPACKED = 32 * 1024 * 1024;

const subscriptionSchema = z.object({ awslogs: z.object({ data: z.base64() }) });
const payloadSchema = z.object({
  messageType: z.enum(["DATA_MESSAGE", "CONTROL_MESSAGE"]),
  logEvents: z.array(z.object({ message: z.string() })),
});

/** An entry of the API server's audit log, audit.k8s.io/v1, as far as it tells where to look. */
const entrySchema = z.looseObject({
  verb: z.string(),
  stage: z.string().optional(),
  requestURI: z.string().optional(),
  /** What a truncated entry lacks of it is read from the URI. */
  objectRef: z
    .looseObject({
      resource: z.string().optional(),
      namespace: kubernetesName.optional(),
      subresource: z.string().optional(),
      apiGroup: z.string().optional(),
    })
    .optional(),
  responseStatus: z.looseObject({ code: z.number().optional() }).optional(),
  /** Absent in entries at Metadata level and in truncated ones. */
  requestObject: z.unknown().optional(),
});

type Entry = z.infer<typeof entrySchema>;

/**
 * The namespaces whose pods changed, from one delivery of a CloudWatch Logs subscription; each once, sorted. Lines that are
 * no audit entries, and entries that say nothing of pods, give none. One that is too large to be unpacked means everything.
 * Throws an InputError where the delivery itself cannot be read.
 */
export function parseAuditLog(event: unknown): readonly Scope[] {
  const delivery = unpack(event);
  if (delivery === "too-large") return [{ kind: "all" }];
  const { messageType, logEvents } = delivery;
  if (messageType === "CONTROL_MESSAGE") return [];
  const namespaces = logEvents.flatMap(({ message }) => {
    const entry = entrySchema.safeParse(parseLine(message));
    if (!entry.success) return [];
    const about = subjectOf(entry.data);
    return tellsOfPods(entry.data, about) ? (about.namespace ?? []) : [];
  });
  return [...new Set(namespaces)].toSorted().map((namespace) => ({ kind: "namespace", namespace }));
}

function unpack(event: unknown): z.infer<typeof payloadSchema> | "too-large" {
  try {
    const { awslogs } = subscriptionSchema.parse(event);
    const packed = Buffer.from(awslogs.data, "base64");
    return payloadSchema.parse(parseJson(gunzipSync(packed, { maxOutputLength: MAX_UNPACKED }).toString("utf8")));
  } catch (cause) {
    if (cause instanceof RangeError) return "too-large";
    throw new InputError(
      "this is no delivery of a CloudWatch Logs subscription (awslogs.data: base64 of gzipped JSON)",
      { cause },
    );
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return salvage(line);
  }
}

/**
 * What a line that was cut off still says. The API server writes these fields first, and no text can hold them: inside of one
 * their quotes are escaped.
 */
function salvage(line: string): unknown {
  const fields = [...line.matchAll(/"(stage|requestURI|verb)":"([^"\\]*)"/g)].toReversed();
  return Object.fromEntries(fields.map(([, key = "", value]) => [key, value]));
}

/** `/api/v1/namespaces/<namespace>/pods[/<name>[/<subresource>]]` */
const POD_PATH = /^\/api\/v1\/namespaces\/([a-z0-9-]{1,63})\/(pods)(?:\/[^/?]+(?:\/([a-z]+))?)?(?:\?|$)/;

type Subject = { readonly [key in "resource" | "namespace" | "subresource" | "apiGroup"]?: string | undefined };

function subjectOf({ objectRef, requestURI }: Entry): Subject {
  const [, namespace, resource, subresource] = POD_PATH.exec(requestURI ?? "") ?? [];
  return { namespace, resource, subresource, ...objectRef };
}

/**
 * | verb                      | on pods/     | tells                                                        |
 * |---------------------------|--------------|--------------------------------------------------------------|
 * | create                    | –, eviction  | yes                                                          |
 * | delete, deletecollection  | –            | yes                                                          |
 * | patch, update             | –            | yes: labels, finalizers                                      |
 * | patch, update             | status       | if conditions, IPs or phase change, or the body is not there |
 * | anything else             | anything     | no                                                           |
 */
function tellsOfPods({ verb, stage, responseStatus, requestObject }: Entry, subject: Subject): boolean {
  if (
    subject.resource !== "pods" ||
    (subject.apiGroup ?? "") !== "" ||
    (stage ?? "ResponseComplete") !== "ResponseComplete"
  )
    return false;
  if ((responseStatus?.code ?? 200) >= 400) return false;
  const isWrite = verb === "patch" || verb === "update";
  switch (subject.subresource ?? "") {
    case "":
      return isWrite || verb === "create" || verb === "delete" || verb === "deletecollection";
    case "eviction":
      return verb === "create";
    case "status":
      return isWrite && touchesAddressOrReadiness(requestObject);
    default:
      return false;
  }
}

const statusPatchSchema = z.looseObject({ status: z.record(z.string(), z.unknown()) });

function touchesAddressOrReadiness(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  const parsed = statusPatchSchema.safeParse(body);
  return parsed.success && ["conditions", "podIP", "podIPs", "phase"].some((key) => key in parsed.data.status);
}
