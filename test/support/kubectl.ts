import { execFile } from "node:child_process";

/** What kubectl prints; what it complains of is the error. */
export function runKubectl(args: readonly string[], input?: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile("kubectl", args, { timeout: 90_000 }, (error, output, complaint) => {
    if (error) reject(new Error(complaint || output, { cause: error }));
    else resolve(output);
  });
  if (input !== undefined) child.stdin?.end(input);
  return promise;
}
