import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderPage } from "../../functions/cli/page/render-page.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";
import { HOSTILE, incident } from "../support/incident.ts";
import { serviceReport } from "../support/reports.ts";

test("status --html writes a page of what is there, and replaces the one of an earlier moment", async () => {
  const { run, folder, writes } = await setUpCli();
  const file = join(folder, "status.html");
  await writeFile(file, "earlier");
  const { code, out, err } = await run("status", "--html", file);
  const page = await readFile(file, "utf8");
  expect(page).toContain("<h1>Of 1 service: 1 differs</h1>");
  expect(page).toContain("register 10.0.0.1 (shop/web-1): its pod is ready");
  expect(err).toContain(`${file} is written: open it in a browser`);
  expect(out).toContain("2 differences.");
  expect([code, writes()]).toEqual([0, []]);
});

test("a page shows a service that nobody is in as empty, not as in sync", async () => {
  const { run, folder } = await setUpCli({ document: SMALLEST.replace("app=web", "app=wbe") });
  const file = join(folder, "status.html");
  await run("status", "--html", file);
  const page = await readFile(file, "utf8");
  expect(page).toContain("<h1>Of 1 service: 1 without ready pods</h1>");
  expect(page).toContain('<span class="badge no-pods">no pods</span>');
  expect(page).toContain("<span>no pods 1</span>");
});

test("a page that cannot be written is an error that says so, after the status", async () => {
  const { run, folder } = await setUpCli();
  const { code, out, err } = await run("status", "--html", join(folder, "nowhere", "status.html"));
  expect(err).toMatch(/the page .*status\.html could not be written: .*; name another file/);
  expect(out).toContain("2 differences.");
  expect(code).toBe(1);
});

test("shows what differs key by key, what is held with its remedy, and pods that are not ready", () => {
  const page = renderPage(incident(1)).replaceAll(/<[^>]*>/g, " ");
  for (const text of [
    /update 10\.0\.3\.8 \(shop\/payments-6d4cf56db6-q7lkm\): its attributes differ .*version +v1 +v2 .*team +a +none/,
    /guard +remove 10\.0\.4\.0 .*: their pods still run, but no mapping chooses them +shop\.local\/orders would lose its last/,
    /none +shop\/payments-6d4cf56db6-w41ts .*not ready +2026-11-01T08:00:05Z/,
    /failed: +instances could not be listed/,
  ])
    expect(page.replaceAll(/\s+/g, " ")).toMatch(new RegExp(text.source.replaceAll(" +", " *")));
});

test("loads nothing, and runs and styles itself by the two texts that its policy names", () => {
  const page = renderPage(incident(1));
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  for (const element of ["style", "script"]) {
    const [, text = ""] = new RegExp(`<${element}>(.*?)</${element}>`, "s").exec(page) ?? [];
    const digest = createHash("sha256").update(text).digest("base64");
    expect(policy.replaceAll("&#39;", "'")).toContain(`${element}-src 'sha256-${digest}'`);
  }
  expect(policy).toMatch(/^default-src &#39;none&#39;/);
  expect(page).not.toMatch(/<(?:link|img|iframe|script [^>]*src)|\sstyle=|\son\w+=(?!&quot;)/);
});

test("no text that servers or tenants wrote is markup, or turns the direction of what follows", () => {
  const page = renderPage(incident(0));
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toContain(HOSTILE);
  for (const steering of ["\u202e", "\u0000"]) expect(page).not.toContain(steering);
  expect(page).toContain("&lt;/script&gt;&lt;/style&gt;&lt;script&gt;");
  expect(page).toContain("U+202EgnpU+0000");
});

test("lists no more instances than a browser bears, and says how many it leaves out", () => {
  const page = renderPage(incident(7000));
  expect(page.length).toBeLessThan(8_000_000);
  expect(page).toMatch(/… and \d+ more: <code>status --wide --service<\/code> has all/);
});

test("shows no more changes than a hundred of a service and 2,000 in all, and counts the rest", () => {
  const changes = Array.from(
    { length: 150 },
    (_, index) => ({ kind: "deregister", id: `10.5.0.${index}`, reason: "pod-gone", pod: null }) as const,
  );
  const others = Array.from({ length: 25 }, (_, index) => serviceReport({ service: `rolling-${index}`, changes }));
  const page = renderPage(incident(0, others));
  expect(page.match(/: its pod is gone/g)?.length).toBeLessThanOrEqual(2000);
  expect(page).toContain("… and 50 more: <code>plan --output json</code> has all");
  expect(page).toContain("150 to change");
});
