/** So many texts are remembered. */
const MOST = 1_000;

/** Tells of each text whether it comes for the first time, since what stays as it is would be said in every pass. */
export function createIsNew(): (text: string) => boolean {
  const known = new Set<string>();
  return (text) => {
    if (known.has(text)) return false;
    if (known.size >= MOST) known.clear();
    known.add(text);
    return true;
  };
}
