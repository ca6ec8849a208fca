import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const pages = ["README.md", ...globSync([".github/*.md", "docs/*.md", "bench/*.md", "test/**/*.md"])].toSorted();

test("every link from one page to another, or to a part of it, leads somewhere", () => {
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter((link) => !leads(page, link))
      .map((link) => `${page}: ${link}`),
  );
  expect(pages.flatMap((page) => linksOf(page)).length).toBeGreaterThan(30);
  expect(broken).toEqual([]);
});

test("a link of a page that the package ships leads to what it ships, but for the README's part on the repository", () => {
  const shipped = ["README.md", "docs/configuration.schema.json", "infra/rbac.yaml", ...globSync("docs/*.md")];
  const dead = pages
    .filter((page) => shipped.includes(page))
    .flatMap((page) =>
      linksOf(page, readFileSync(page, "utf8").split("\n## In the repository\n")[0]).map((link) => ({ page, link })),
    )
    .filter(
      ({ page, link }) => !link.startsWith("#") && !shipped.includes(join(dirname(page), link.split("#")[0] ?? "")),
    );
  expect(dead).toEqual([]);
});

function linksOf(page: string, text = readFileSync(page, "utf8")): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => (/^https?:/.test(link) ? [] : [link]));
}

function leads(page: string, link: string): boolean {
  const [path = "", part] = link.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  return existsSync(file) && (part === undefined || partsOf(file).includes(part));
}

/** As GitHub makes anchors of headings. */
function partsOf(file: string): readonly string[] {
  const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
