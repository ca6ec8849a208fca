import { toError } from "./errors.ts";
import type { Read } from "./model.ts";

/** Settles what one thing's work comes to, so that its failure stays its own. */
export async function settle<T>(work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: toError(error) };
  }
}
