import { readFileSync } from "node:fs";
import { packagesOf } from "./bundled.ts";
import type { Bundled } from "./bundled.ts";

/** The files that each part of the package was made of, by the part's folder in `dist`. */
export type Parts = Readonly<Record<string, readonly string[]>>;

type Lock = { readonly packages: Readonly<Record<string, { readonly integrity?: string }>> };

/**
 * What the package contains of other packages, in CycloneDX 1.6: they are bundled, so that its manifest names none of them.
 * Without a time or a serial number: the same code gives the same file.
 */
export function sbomOf(parts: Parts): string {
  const { name, version, license } = readJson("package.json") as Omit<Bundled, "folder">;
  const { packages } = readJson("package-lock.json") as Lock;
  const self = { type: "library", ...component({ name, version, ...(license === undefined ? {} : { license }) }) };
  // The same version may lie in several folders.
  const found = packagesOf(Object.values(parts).flat());
  const components = [...new Map(found.map((one) => [`${one.name}@${one.version}`, one])).values()].map((bundled) => ({
    type: "library",
    ...component(bundled),
    hashes: hashesOf(packages[bundled.folder]?.integrity),
    properties: Object.entries(parts)
      .filter(([, inputs]) => packagesOf(inputs).some((one) => isSame(one, bundled)))
      .map(([part]) => ({ name: "eks-cloudmap-sync:part", value: part })),
  }));
  const dependencies = [
    { ref: self["bom-ref"], dependsOn: components.map((one) => one["bom-ref"]) },
    ...components.map((one) => ({ ref: one["bom-ref"] })),
  ];
  const bom = { bomFormat: "CycloneDX", specVersion: "1.6", version: 1, metadata: { component: self } };
  return `${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`;
}

function isSame(a: Bundled, b: Bundled): boolean {
  return a.name === b.name && a.version === b.version;
}

function component({ name, version, license }: Omit<Bundled, "folder">) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return { "bom-ref": purl, name, version, purl, licenses: license === undefined ? [] : [licenceOf(license)] };
}

/** One of SPDX's ids, or several with words between them. */
function licenceOf(license: string) {
  return /[ ()]/.test(license) ? { expression: license } : { license: { id: license } };
}

/** Of the package as the registry has it, which npm checked when it was installed. */
function hashesOf(integrity: string | undefined) {
  const [, base64] = /^sha512-(.+)$/.exec(integrity ?? "") ?? [];
  return base64 === undefined ? [] : [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }];
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
