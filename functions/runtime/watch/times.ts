/** How often a watch is scheduled, in milliseconds. */
export const EVERY = 300_000;
/**
 * For how long its successor follows beside it, in milliseconds. EventBridge Scheduler starts a target within 60 s of the minute
 * (its guide, "Schedule types"), not on it; the rest is for starting the function and listing the pods.
 */
export const OVERLAP = 75_000;
/** For how long a pass over everything leaves a difference to the watch beside it, in milliseconds. */
export const RIPE_AFTER = 15_000;
