import { randomInt } from "node:crypto";

/** Kubernetes' own: without vowels and what looks alike, so that no word comes out. */
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** What is put behind a `generateName`. */
export const randomSuffix = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
