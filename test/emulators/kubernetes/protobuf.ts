import { parse } from "protobufjs";
import { isRecord } from "./objects.ts";

/** The objects that kubectl's typed commands send in protobuf, with what they set: the fields' numbers and names are those of k8s.io/api. */
const { root } = parse(`
syntax = "proto2";
message Unknown { optional TypeMeta typeMeta = 1; optional bytes raw = 2; }
message TypeMeta { optional string apiVersion = 1; optional string kind = 2; }
message ObjectMeta {
  optional string name = 1; optional string namespace = 3;
  map<string, string> labels = 11; map<string, string> annotations = 12;
}
message Namespace { optional ObjectMeta metadata = 1; }
message Deployment { optional ObjectMeta metadata = 1; optional DeploymentSpec spec = 2; }
message DeploymentSpec { optional int32 replicas = 1; optional LabelSelector selector = 2; optional PodTemplateSpec template = 3; }
message LabelSelector { map<string, string> matchLabels = 1; }
message PodTemplateSpec { optional ObjectMeta metadata = 1; optional PodSpec spec = 2; }
message PodSpec { repeated Container containers = 2; }
message Container {
  optional string name = 1; optional string image = 2; repeated string command = 3; repeated string args = 4;
  repeated ContainerPort ports = 6;
}
message ContainerPort { optional string name = 1; optional int32 containerPort = 3; optional string protocol = 4; }
message SelfSubjectAccessReview { optional SelfSubjectAccessReviewSpec spec = 2; }
message SelfSubjectAccessReviewSpec { optional ResourceAttributes resourceAttributes = 1; }
message ResourceAttributes {
  optional string namespace = 1; optional string verb = 2; optional string group = 3; optional string resource = 5;
  optional string name = 7;
}
message DeleteOptions { optional int64 gracePeriodSeconds = 1; optional string propagationPolicy = 4; repeated string dryRun = 5; }
`);
/** What Kubernetes writes before an object. */
const MAGIC = "k8s\0";

/** The object in JSON's shape; undefined for one of another kind. Go writes empty strings, which mean nothing. */
export function readProtobuf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (new TextDecoder().decode(body.subarray(0, MAGIC.length)) !== MAGIC) return undefined;
  const { typeMeta, raw } = decode("Unknown", body.subarray(MAGIC.length));
  const { apiVersion, kind } = isRecord(typeMeta) ? typeMeta : {};
  if (typeof kind !== "string" || root.get(kind) === null || !(raw instanceof Uint8Array)) return undefined;
  const text = JSON.stringify(decode(kind, raw), (_key, value: unknown) => (value === "" ? undefined : value));
  return { apiVersion, kind, ...(JSON.parse(text) as object) };
}

function decode(type: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: Number });
}
