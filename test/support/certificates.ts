import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** PEM. `ca` is the only one that has signed `cert`, and nobody else trusts it. */
export type ServerIdentity = { readonly ca: string; readonly cert: string; readonly key: string };

/** A certificate for 127.0.0.1 and `kubernetes`, from a certificate authority of its own, both new, as a cluster's API server has; made with openssl. */
export async function createServerIdentity(): Promise<ServerIdentity> {
  const folder = await mkdtemp(join(tmpdir(), "ca-"));
  const openssl = (...args: readonly string[]) => run("openssl", [...args], { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    await writeFile(join(folder, "names"), "subjectAltName=IP:127.0.0.1,DNS:kubernetes\nextendedKeyUsage=serverAuth\n");
    await openssl("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=kubernetes");
    await openssl("req", "-new", ...newKey, "-keyout", "key.pem", "-out", "request", "-subj", "/CN=kube-apiserver");
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
    await openssl("x509", "-req", "-in", "request", ...signed, "-days", "2", "-out", "cert.pem");
    const [ca, cert, key] = await Promise.all(
      ["ca.pem", "cert.pem", "key.pem"].map((name) => readFile(join(folder, name), "utf8")),
    );
    return { ca: ca ?? "", cert: cert ?? "", key: key ?? "" };
  } finally {
    await rm(folder, { recursive: true });
  }
}
