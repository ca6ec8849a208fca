import * as fc from "fast-check";

// Stryker finds a test by its name, which has the seed in it. A world that fails is enough; no smaller one is looked for.
fc.configureGlobal({ seed: 1, endOnFailure: true });
