import { readProtobuf } from "./protobuf.ts";
import { unsupportedMediaType } from "./status.ts";

/** kubectl's typed commands speak it (create namespace, auth can-i); apply, patch and delete do not. */
export const isProtobuf = (request: Request) => request.headers.get("content-type")?.includes("protobuf") === true;

/** The object that a request brings, in JSON or in protobuf. */
export async function readObject(request: Request): Promise<unknown> {
  if (!isProtobuf(request)) return request.json();
  const body = readProtobuf(new Uint8Array(await request.arrayBuffer()));
  if (body === undefined) throw unsupportedMediaType(["application/json"]);
  return body;
}
