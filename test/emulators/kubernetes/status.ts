import { qualified } from "./objects.ts";

type Details = Readonly<Record<string, unknown>>;
type Extras = {
  readonly details?: Details;
  readonly metadata?: Details;
  readonly headers?: Readonly<Record<string, string>>;
};
type Named = { readonly group: string; readonly plural: string };

/** What a request is about, as the API server's authorizers see it; `namespace` is empty at the cluster scope. */
export type Attributes = {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
};

/** A request that fails, as the API server says so: a Status object. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: number;
  readonly reason: string;
  readonly extras: Extras;
  constructor(code: number, reason: string, message: string, extras: Extras = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.extras = extras;
  }
}

export function statusResponse(error: StatusError): Response {
  return Response.json(statusObject(error), { status: error.code, headers: { ...error.extras.headers } });
}

export function statusObject({ message, reason, code, extras }: StatusError): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: extras.metadata ?? {},
    status: "Failure",
    message,
    ...(reason === "" ? {} : { reason }),
    ...(extras.details ? { details: extras.details } : {}),
    code,
  };
}

/** What paths outside every API answer, and those of a custom resource that is not served: no Status, only text. */
export function pageNotFound(): Response {
  return new Response("404 page not found\n", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });
}

export const badRequest = (message: string) => new StatusError(400, "BadRequest", message);
export const unauthorized = () => new StatusError(401, "Unauthorized", "Unauthorized");

export function forbidden({ verb, group, resource, namespace, name, user }: Attributes): StatusError {
  const subject = qualified(resource, group) + (name === "" ? "" : ` "${name}"`);
  const scope = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const message = `${subject} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`;
  return new StatusError(403, "Forbidden", message, { details: detailsOf({ group, plural: resource }, name) });
}

export const unknownResource = () =>
  new StatusError(404, "NotFound", "the server could not find the requested resource", { details: {} });

export function notFound(resource: Named, name: string): StatusError {
  const message = `${qualified(resource.plural, resource.group)} "${name}" not found`;
  return new StatusError(404, "NotFound", message, { details: detailsOf(resource, name) });
}

export const methodNotAllowed = () =>
  new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {
    details: {},
  });

export function alreadyExists(resource: Named, name: string): StatusError {
  const message = `${qualified(resource.plural, resource.group)} "${name}" already exists`;
  return new StatusError(409, "AlreadyExists", message, { details: detailsOf(resource, name) });
}

export function conflict(resource: Named, name: string): StatusError {
  const message =
    `Operation cannot be fulfilled on ${qualified(resource.plural, resource.group)} "${name}": the object has been ` +
    "modified; please apply your changes to the latest version and try again";
  return new StatusError(409, "Conflict", message, { details: detailsOf(resource, name) });
}

/** `message` says what is wrong with the field. */
export function invalid(
  { kind, group }: { readonly kind: string; readonly group: string },
  name: string,
  cause: { readonly reason: string; readonly message: string; readonly field: string },
): StatusError {
  const message = `${qualified(kind, group)} ${JSON.stringify(name)} is invalid: ${cause.field}: ${cause.message}`;
  const details = { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind, causes: [cause] };
  return new StatusError(422, "Invalid", message, { details });
}

export function terminatingNamespace(resource: Named, name: string, namespace: string): StatusError {
  const message =
    `${qualified(resource.plural, resource.group)} "${name}" is forbidden: unable to create new content in namespace ` +
    `${namespace} because it is being terminated`;
  const causes = [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ];
  return new StatusError(403, "Forbidden", message, { details: { ...detailsOf(resource, name), causes } });
}

export const expiredVersion = (message: string) => new StatusError(410, "Expired", message);

/** The answer carries a token that goes on from the same place without the snapshot, as etcd's compaction leaves it. */
export function expiredContinue(inconsistent: string): StatusError {
  const message =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
    "deleted between the time the first chunk was returned and now may show up in the list.";
  return new StatusError(410, "Expired", message, { metadata: { continue: inconsistent } });
}

export const unsupportedMediaType = (accepted: readonly string[]) =>
  new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );

const detailsOf = ({ group, plural }: Named, name: string): Details => ({
  ...(name === "" ? {} : { name }),
  ...(group === "" ? {} : { group }),
  kind: plural,
});
