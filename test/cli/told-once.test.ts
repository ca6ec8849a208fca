import { expect, test } from "vitest";
import { seedService } from "../emulators/cloudmap/seed.ts";
import { setUpCli } from "../support/cli.ts";

/** What several services have in common is told once, with whom it concerns. */

const NAMES = ["a", "b", "c", "d", "e", "f"];
const DOCUMENT = `cluster: test
owner: me
namespaces: [shop.local]
mappings:
${NAMES.map((name) => `  - { service: ${name}, pods: { namespace: shop, selector: app=web }, port: 8080 }`).join("\n")}
`;
const EXPIRED = "The security token included in the request is expired";
const SIX = /6 services \(shop\.local\/a, shop\.local\/b, shop\.local\/c, shop\.local\/d, shop\.local\/e and 1 more\)/;

async function setUp(more = "") {
  const cli = await setUpCli({ document: `${DOCUMENT}${more}` });
  const services = NAMES.map((name) => seedService(cli.cloudMap, cli.namespace, { name }));
  return { ...cli, services };
}

test.each<[string, readonly string[]]>([
  ["plan", []],
  ["apply", []],
  ["status", []],
  ["doctor", []],
  ["plan", ["-o", "json"]],
])("%s %s says once that credentials have expired", async (verb, options) => {
  const { run, cloudMap } = await setUp();
  cloudMap.options.fault = ({ operation }) =>
    operation === "ListInstances" ? { error: "ExpiredTokenException", message: EXPIRED, status: 400 } : undefined;
  const { code, out, err } = await run(verb, ...options);
  const told = options.length === 0 ? out : err;
  expect(told.split(EXPIRED)).toHaveLength(2);
  expect(told).toMatch(new RegExp(`${SIX.source}: ${EXPIRED}; renew the AWS credentials`));
  expect(code).toBe(1);
});

test("a right that is missing on each service is told once, and one service's own failure beside it", async () => {
  const { run, cloudMap, services } = await setUp();
  const [own] = services;
  cloudMap.options.lacks = ({ operation }) => operation === "ListInstances";
  const denied = await run("plan");
  expect(denied.out).toMatch(
    new RegExp(`^error: ${SIX.source}: User: .*; grant servicediscovery:ListInstances on `, "m"),
  );
  cloudMap.options.lacks = ({ operation, resource }) => operation === "ListInstances" && resource === own?.arn;
  const alone = await run("plan");
  expect(alone.out).toMatch(/^shop\.local\/a\n {2}failed: .*ListInstances/m);
  expect(alone.out).not.toContain("SERVICE_ARN");
});

test("doctor tells of tags that are missing once, with a line that a shell takes", async () => {
  const { run, services } = await setUp();
  const { out } = await run("doctor");
  const arns = services.map(({ arn }) => arn).join(" ");
  expect(out).toContain(
    `for arn in ${arns}; do aws servicediscovery tag-resource --resource-arn "$arn" --tags Key=eks-cloudmap-sync/owner,Value=me; done\n`,
  );
  expect(out).toMatch(new RegExp(`^warning {2}tags of ${SIX.source}: lack the owner's tag`, "m"));
});

test("doctor tells of tags that may not be read once", async () => {
  const { run, cloudMap } = await setUp();
  cloudMap.options.lacks = ({ operation }) => operation === "ListTagsForResource";
  const { out } = await run("doctor");
  expect(out.match(/^warning {2}tags of/gm)).toHaveLength(1);
  expect(out).toMatch(/grant servicediscovery:ListTagsForResource on /);
});

test("doctor tells once what the policy holds in every service", async () => {
  const { run } = await setUp("policy: dry-run\n");
  const { out } = await run("doctor");
  expect(out).toMatch(
    new RegExp(`^warning {2}${SIX.source}: held \\(policy\\): 12 changes: the policy is dry-run;`, "m"),
  );
  expect(out.match(/held \(policy\)/g)).toHaveLength(1);
});
