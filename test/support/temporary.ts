import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Temporary folders of a run's processes lie in one, which goes with the run: CDK leaves one behind for each app. What the
 * Lambdas and the CLI load is compiled once for all of their processes.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "eks-cloudmap-sync-tests-"));
  process.env["TMPDIR"] = folder;
  process.env["NODE_COMPILE_CACHE"] = join(folder, "compiled");
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
