import type { Remarks } from "../runtime/remarks/remarks.ts";
import { counted } from "./text.ts";

/** What is said where nothing differs. */
export function inSync({ unchosen = 0, leftByAppMesh = 0 }: Partial<Remarks>): string {
  const left =
    leftByAppMesh === 0
      ? ""
      : `; ${counted(leftByAppMesh, "instance")} that App Mesh left ${leftByAppMesh === 1 ? "is" : "are"} not touched`;
  const nothing =
    unchosen === 0 ? "" : `, but ${counted(unchosen, "mapping")} ${unchosen === 1 ? "chooses" : "choose"} no pod`;
  if (left + nothing === "") return "In sync: Cloud Map matches the pods.";
  return `In sync${nothing}${left} (see the ${unchosen + leftByAppMesh === 1 ? "warning" : "warnings"}).`;
}
