import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { connectKubeconfig } from "../../functions/kubernetes/kubeconfig/connect.ts";
import { serve } from "../emulators/serve.ts";
import type { Handler } from "../emulators/serve.ts";
import { createServerIdentity } from "../support/certificates.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";

const run = promisify(execFile);
const identity = createServerIdentity();

/** A plugin that prints a token: its first argument, or the name of the program that started it. */
const PLUGIN = `#!/bin/sh
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$1$EXTRA"'"}}'
`;
export async function writeExecutable(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

type Written = { readonly user: object; readonly name?: string; readonly isPlain?: boolean };

/** An API server that notes who asks, with TLS and without, and a folder with a token file and plugins. */
export async function open() {
  const seen: Partial<Record<string, string>>[] = [];
  const { ca, ...tls } = await identity;
  const handler: Handler = (request) => {
    const shown = [...request.headers].filter(([name]) => name === "authorization" || name.startsWith("impersonate"));
    seen.push(Object.fromEntries(shown));
    return Promise.resolve(new Response("hello"));
  };
  const [server, plain] = await Promise.all([serve(handler, { tls }), serve(handler)]);
  const cluster = { server: server.url, "certificate-authority-data": Buffer.from(ca).toString("base64") };
  const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  await mkdir(join(folder, "bin"));
  await Promise.all([
    writeFile(join(folder, "token"), "from-file\n"),
    writeExecutable(join(folder, "bin", "plugin"), PLUGIN),
    writeExecutable(join(folder, "bin", "fails"), "#!/bin/sh\necho no luck today >&2; exit 3\n"),
  ]);
  onTestFinished(async () => {
    await Promise.all([server.close(), plain.close(), rm(folder, { recursive: true })]);
  });
  const environment = { PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, HOME: folder };
  const connect = ({ file, variables = {} }: { readonly file?: string; readonly variables?: object }) =>
    connectKubeconfig({ file, variables: { ...environment, ...variables } });
  return {
    seen,
    folder,
    connect,
    ask: async (wanted: Parameters<typeof connect>[0]) => (await connect(wanted)).get("/"),
    kubectl: (variables: object) => run("kubectl", ["get", "--raw", "/"], { env: { ...environment, ...variables } }),
    write: async (file: string, { user, name = "test", isPlain = false }: Written) => {
      const path = join(folder, file);
      await writeFile(path, kubeconfigFor(isPlain ? plain.url : cluster, user, { name }));
      return path;
    },
  };
}
