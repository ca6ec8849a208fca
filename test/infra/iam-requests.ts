import { ACCOUNT, REGION } from "./stack.ts";

/** A call of an AWS API as an emulator saw it. `service` is the endpoint's prefix: servicediscovery, eks, ssm, sqs, ec2. */
export type RecordedCall = {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
};

/** What IAM is asked. */
export type IamRequest = {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
};

/** What a call's ids stand for. */
export type CallWorld = {
  /** The namespace's id of an operation: GetOperation tells only the operation's. */
  readonly operationNamespace: (operationId: string) => string;
  /** The tags of a service, by its id. */
  readonly serviceTags: (serviceId: string) => Readonly<Record<string, string>>;
};

/**
 * What IAM is asked for a call. Cloud Map's calls carry ids where policies have ARNs:
 *
 * | call                                  | resource                                | besides                             |
 * |---------------------------------------|-----------------------------------------|-------------------------------------|
 * | …Instance…, DeleteService             | service/ServiceId (or Id)               | the service's tags, ServiceArn      |
 * | GetNamespace                          | namespace/Id                            |                                     |
 * | CreateService                         | namespace/NamespaceId, and a service/…  | NamespaceArn, the request's tags    |
 * | … with tags                           | also TagResource, which knows none      | the request's tags                  |
 * | GetOperation                          | the namespace of the operation          |                                     |
 * | ListNamespaces, ListServices, tags    | none                                    |                                     |
 *
 * An id that is an ARN already, of another account, stays as it is. A presigned GetCallerIdentity needs no right and is no call.
 */
export function iamRequestsOf({ service, operation, input }: RecordedCall, world: CallWorld): readonly IamRequest[] {
  switch (service) {
    case "servicediscovery":
      return cloudMapRequests(operation, input, world);
    case "eks":
      return [request("eks:DescribeCluster", `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${textOf(input["name"])}`)];
    case "ssm":
      return [request(`ssm:${operation}`, `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${bare(textOf(input["Name"]))}`)];
    case "sqs": {
      const queue = textOf(input["QueueUrl"]).split("/").at(-1) ?? "";
      // The batch is no action of its own.
      return [request(`sqs:${operation.replace(/Batch$/, "")}`, `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`)];
    }
    case "ec2":
      return [request(`ec2:${operation}`, "*")];
    default:
      throw new Error(`no mapping to IAM for ${service}:${operation}; write it here`);
  }
}

function cloudMapRequests(operation: string, input: RecordedCall["input"], world: CallWorld): readonly IamRequest[] {
  const action = `servicediscovery:${operation}`;
  switch (operation) {
    case "ListNamespaces":
    case "ListServices":
    case "ListTagsForResource":
      return [request(action, "*")];
    case "GetNamespace":
      return [request(action, arnOf("namespace", textOf(input["Id"])))];
    case "GetOperation":
      return [request(action, arnOf("namespace", world.operationNamespace(textOf(input["OperationId"]))))];
    case "CreateService": {
      const namespace = arnOf("namespace", textOf(input["NamespaceId"]));
      const tags = tagContext(input["Tags"]);
      const context = { ...tags, "servicediscovery:NamespaceArn": namespace };
      return [
        request(action, namespace, context),
        // It belongs to the namespace's account.
        request(action, namespace.replace(/namespace\/.*$/, "service/srv-new"), context),
        ...(Object.keys(tags).length === 0 ? [] : [request("servicediscovery:TagResource", "*", tags)]),
      ];
    }
    case "DeleteService":
    case "ListInstances":
    case "GetInstancesHealthStatus":
    case "RegisterInstance":
    case "DeregisterInstance":
    case "UpdateInstanceCustomHealthStatus": {
      const id = textOf(input["ServiceId"] ?? input["Id"]);
      const arn = arnOf("service", id);
      const tags = Object.entries(world.serviceTags(id)).map(([key, value]) => [`aws:ResourceTag/${key}`, value]);
      const isInstances = operation !== "DeleteService";
      return [
        request(action, arn, {
          ...Object.fromEntries(tags),
          ...(isInstances ? { "servicediscovery:ServiceArn": arn } : {}),
        }),
      ];
    }
    default:
      throw new Error(`no mapping to IAM for ${action}; write it here`);
  }
}

function request(action: string, resource: string, context: IamRequest["context"] = {}): IamRequest {
  return { action, resource, context };
}

function arnOf(kind: "namespace" | "service", id: string): string {
  return id.startsWith("arn:") ? id : `arn:aws:servicediscovery:${REGION}:${ACCOUNT}:${kind}/${id}`;
}

function tagContext(tags: unknown): IamRequest["context"] {
  const pairs = (Array.isArray(tags) ? tags : []) as readonly { readonly Key: string; readonly Value: string }[];
  if (pairs.length === 0) return {};
  return {
    ...Object.fromEntries(pairs.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": pairs.map(({ Key }) => Key),
  };
}

function bare(name: string): string {
  return name.replace(/^\//, "");
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Error(`an id is missing: ${JSON.stringify(value)}`);
  return value;
}
