/** The oldest Node.js that has all that is used here, as `engines` in package.json says. */
const OLDEST = { major: 22, minor: 12 };

/** What is wrong with this version of Node.js; undefined where it will do. Written so that a far older one understands it. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined;
  return `eks-cloudmap-sync needs Node ${OLDEST.major}.${OLDEST.minor} or later; this is ${version}`;
}
