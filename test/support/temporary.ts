import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Temporary folders of a run's processes lie in one, which goes with the run: CDK leaves one behind for each app. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "eks-cloudmap-sync-tests-"));
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
