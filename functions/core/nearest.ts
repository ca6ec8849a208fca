/** The known word that a mistyped one most likely stands for, or undefined where none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    // It takes at least as many letters as one is longer than the other: a word of any length costs nothing.
    .filter((candidate) => Math.abs(candidate.length - word.length) <= allowed(candidate))
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance: far }) => far <= allowed(candidate))
    .toSorted((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** How many letters may be wrong. */
function allowed({ length }: string): number {
  return Math.max(1, Math.floor(length / 3));
}

/** Levenshtein's distance, in which two neighbours that have changed places count once: the letters to insert, remove, replace or swap. */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
