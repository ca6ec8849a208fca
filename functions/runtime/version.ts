import manifest from "eks-cloudmap-sync/package.json" with { type: "json" };

/** The release of this tool. */
export const VERSION: string = manifest.version;
