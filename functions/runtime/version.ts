import manifest from "eks-cloudmap-sync/package.json" with { type: "json" };

/** The release of this tool. */
export const VERSION: string = manifest.version;

/** Put in by the bundler. */
declare const BUILD_COMMIT: string | undefined;

/** The git commit that this was built from. */
export const COMMIT: string = typeof BUILD_COMMIT === "undefined" ? "unknown" : BUILD_COMMIT;

/** Both, as people are told: `0.1.0 (abc1234)`. */
export const RELEASE = `${VERSION} (${COMMIT})`;
