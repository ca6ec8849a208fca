import { InputError } from "../functions/core/errors.ts";

/** What package.json's `engines` asks for, which npm only warns of. */
const LEAST = { major: 22, minor: 12 };

/** Throws an InputError where Node is too old, for which it would lack a function somewhere. */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > LEAST.major || (major === LEAST.major && minor >= LEAST.minor)) return;
  throw new InputError(
    `eks-cloudmap-sync needs Node ${LEAST.major}.${LEAST.minor} or later, and this is ${version}; run cdk with a newer one`,
  );
}
