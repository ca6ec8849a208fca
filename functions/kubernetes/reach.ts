/** What to do where an answer is none that an API server gives. */
export const NO_API_SERVER = "check that the address is that of a Kubernetes API server";

/** What to do where an API server gave no answer, by the way in which it did not: Node's own codes. */
export function reachRemedy(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return "its name has no address here: check the endpoint, and where it is a private one, run this in its VPC";
  if (code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "ENETUNREACH")
    return "nothing answers there, as where a door is closed: let the cluster's security group admit this network at port 443, or put its address on the list of `publicAccessCidrs`";
  if (/CERT|SIGNATURE|ALTNAME/.test(code)) return "its certificate is not of the authority that is known: check both";
  return "check the API server's address, and that it can be reached from here";
}
