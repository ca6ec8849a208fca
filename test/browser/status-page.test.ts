import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { renderPage } from "../../functions/cli/page/render-page.ts";
import { HOSTILE, incident } from "../support/incident.ts";
import { findChromium } from "./chromium.ts";

const executablePath = findChromium();
const withoutBrowser = executablePath === undefined;
if (withoutBrowser)
  console.log("skipped what needs a browser: chromium is not on the PATH (Debian: apt-get install chromium)");

let browser: Browser | undefined;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "status-page-"));
  if (executablePath !== undefined) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

test.skipIf(withoutBrowser)("every service is listed, what needs somebody first", async () => {
  const { page } = await openPage();
  const names: readonly string[] = await page.evaluate(
    `[...document.querySelectorAll("summary b")].map((one) => one.textContent)`,
  );
  expect(names.slice(0, 2)).toEqual(["invoices", expect.stringContaining("<script>")]);
  expect(names.slice(2, 5)).toEqual(["orders", "payments", "service-0000"]);
  expect(names).toHaveLength(1004);
  expect(await page.textContent("h1")).toBe("Of 1004 services: 1 failed, 2 held, 1 differs");
  expect(await page.textContent("#shown")).toBe("1004 of 1004 services");
});

test.skipIf(withoutBrowser)(
  "the filter leaves what has every word, in its name, pods or addresses, and opens the only one",
  async () => {
    const { page } = await openPage();
    await page.fill("input[type=search]", "service-0777 10.3.9.2");
    expect(await visibleServices(page)).toEqual(["service-0777"]);
    expect(await page.isVisible("text=service-0777-7997f7f687-2")).toBe(true);
    await page.fill("input[type=search]", "");
    await page.check("input[value=differs]");
    expect(await visibleServices(page)).toEqual(["payments"]);
    await page.fill("input[type=search]", "no such thing");
    expect(await page.textContent("#shown")).toBe("0 of 1004 services");
  },
);

test.skipIf(withoutBrowser)("filtering 1,000 services takes less than 100 ms, drawn", async () => {
  const { page } = await openPage();
  const times: readonly number[] = await page.evaluate(`(async () => {
    const box = document.querySelector("input[type=search]");
    const times = [];
    for (const text of ["s", "se", "service-07", "service-0777", ""]) {
      const begun = performance.now();
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      document.body.offsetHeight;
      times.push(performance.now() - begun);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return times;
  })()`);
  expect(times).toHaveLength(5);
  expect(Math.max(...times)).toBeLessThan(100);
});

test.skipIf(withoutBrowser)("names that want to be markup are text, and the page loads nothing", async () => {
  const { page, said, asked } = await openPage();
  expect(await page.title()).not.toBe("broken");
  expect(
    await page.evaluate(`document.querySelectorAll("img, script:not(main + script), iframe, [onerror]").length`),
  ).toBe(0);
  expect(await page.textContent("body")).toContain(HOSTILE.split("\u202e", 1)[0]);
  expect(asked).toEqual([page.url()]);
  expect(said).toEqual([]);
});

test.skipIf(withoutBrowser).each([400, 1600])(
  "nothing sticks out at %i pixels, with every service of trouble open",
  async (width) => {
    const { page } = await openPage({ width, calm: 20 });
    const { wide, scroll } = await page.evaluate<{ readonly wide: readonly string[]; readonly scroll: number }>(`({
    scroll: document.documentElement.scrollWidth,
    wide: [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML.slice(0, 90)),
  })`);
    expect(wide).toEqual([]);
    expect(scroll).toBe(width);
  },
);

test.skipIf(withoutBrowser).each(["light", "dark"] as const)(
  "every text can be read: %s, at least 4.5 to 1",
  async (colorScheme) => {
    const { page } = await openPage({ colorScheme, calm: 20 });
    const { faint, seen } = await page.evaluate<{ readonly faint: readonly string[]; readonly seen: number }>(
      CONTRASTS,
    );
    expect(faint).toEqual([]);
    expect(seen).toBeGreaterThan(100);
  },
);

type Scene = { readonly width?: number; readonly colorScheme?: "light" | "dark"; readonly calm?: number };

/** The page of an incident; `said`: what the console and the policy complain of; `asked`: every request. */
async function openPage({ width = 1200, colorScheme = "light", calm = 1000 }: Scene = {}) {
  if (browser === undefined) throw new Error("no browser");
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const [said, asked]: [string[], string[]] = [[], []];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => asked.push(request.url()));
  const file = join(folder, "status.html");
  await writeFile(file, renderPage(incident(calm)));
  await page.goto(pathToFileURL(file).href);
  return { page, said, asked };
}

function visibleServices(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[...document.querySelectorAll("details:not([hidden]) b")].map((one) => one.textContent)`);
}

/** WCAG 2's contrast of each text that shows with what lies behind it: those below 4.5, and how many there are. */
const CONTRASTS = `(() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(one).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("main *")].filter(
    (one) => one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""),
  );
  const ratio = (element) => {
    const [light, dark] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))].toSorted((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const placeholder = getComputedStyle(document.querySelector("input"), "::placeholder").color;
  const [light, dark] = [luminance(parse(placeholder)), luminance(behind(document.querySelector("input")))].toSorted((a, b) => b - a);
  return {
    seen: texts.length,
    faint: [
      ...texts.map((one) => [ratio(one), one.outerHTML]),
      [(light + 0.05) / (dark + 0.05), "placeholder"],
    ].filter(([value]) => value < 4.5).map(([value, what]) => value.toFixed(2) + " " + what.slice(0, 120)),
  };
})()`;
