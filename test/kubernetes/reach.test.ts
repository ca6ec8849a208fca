import { expect, test } from "vitest";
import { SilenceError, UnreachableError } from "../../functions/kubernetes/connection.ts";

const failing = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ["nobody answers", new SilenceError("silent for 10 s"), "security group admit this network at port 443"],
  ["a connection times out", failing("ETIMEDOUT"), "publicAccessCidrs"],
  ["the name is unknown", failing("ENOTFOUND"), "its name has no address here"],
  ["the certificate is another's", failing("ERR_TLS_CERT_ALTNAME_INVALID"), "its certificate"],
  ["the certificate is signed by nobody known", failing("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "its certificate"],
  ["somebody refuses", failing("ECONNREFUSED"), "check the API server's address"],
])("where %s the remedy is another one", (_, cause, remedy) => {
  expect(new UnreachableError(0, cause).remedy).toContain(remedy);
});
