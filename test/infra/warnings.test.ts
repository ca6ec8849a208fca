import { Fn } from "aws-cdk-lib";
import type { Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { HttpNamespace, PrivateDnsNamespace } from "aws-cdk-lib/aws-servicediscovery";
import type { INamespace, IService } from "aws-cdk-lib/aws-servicediscovery";
import { expect, test } from "vitest";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import { createStack, NARROW } from "./stack.ts";

test("warns of rights that are wider than they could be, and only then", () => {
  expect(warnings(createStack(NARROW))).toEqual([]);
  const wide = warnings(createStack({ cluster: "prod", configuration: { namespaces: ["shop.local"] } })).join("\n");
  expect(wide).toContain("every Cloud Map service");
  expect(wide).toContain("shop.local: known by its name alone");
  expect(wide).toContain("or all four with `cdk deploy -c namespaces=shop.local/ns-");
});

test("says which namespace has no hosted zone that is known, also of one that CDK makes or imports", () => {
  const stack = createStack((made) => ({ ...NARROW, namespaces: [imported(made)] }));
  expect(warnings(stack).join()).toContain("shop.local: its hosted zone is not known");
  const unnamed = [{ id: Fn.importValue("shop"), type: "DNS_PRIVATE" }] as const;
  expect(warnings(createStack({ ...NARROW, namespaces: unnamed })).join()).toContain(
    "`namespaces[0]`: its hosted zone",
  );
});

test("warns where only tagged services may be written, and a shared namespace's cannot be tagged", () => {
  const shared = { id: "arn:aws:servicediscovery:eu-west-1:444455556666:namespace/ns-a", type: "HTTP" } as const;
  const warned = warnings(createStack({ ...NARROW, namespaces: [shared] })).join();
  expect(warned).toContain("set `services` to their ARNs");
});

test("warns that VirtualNodes count where the view policy does not show them, until that is settled", () => {
  const { mappings } = NARROW.configuration;
  const open = { ...NARROW, configuration: { mappings } };
  expect(warned(open, "App Mesh")).toHaveLength(1);
  expect(warned({ ...open, access: "rbac" }, "App Mesh")).toEqual([]);
  expect(warned(NARROW, "App Mesh")).toEqual([]);
});

test("warns of sources that the view policy does not show", () => {
  const configuration = { ...NARROW.configuration, sources: { serviceExports: true } } as const;
  expect(warnings(createStack({ ...NARROW, configuration })).join()).toContain("`sources.serviceExports` reads custom");
  expect(warnings(createStack({ ...NARROW, configuration, access: "rbac" }))).toEqual([]);
});

test("warns that services which exist need the owner's tag, where only tagged ones may be written", () => {
  const configuration = { ...NARROW.configuration, createServices: false };
  const command = `tag-resource --resource-arn SERVICE_ARN --tags Key=eks-cloudmap-sync/owner,Value=CLUSTER_ARN`;
  expect(warned({ ...NARROW, configuration }, command)).toHaveLength(1);
  expect(warned({ ...NARROW, rights: { createServices: false } }, command)).toHaveLength(1);
  const adopting = { ...NARROW.configuration, adopt: { externalDns: "live" } } as const;
  expect(warned({ ...NARROW, configuration: adopting }, command)).toHaveLength(1);
  expect(warned(NARROW, command)).toEqual([]);
});

const NOT_AMONG = "not among `services`, so that the functions may not write such a service";

test.each<[what: string, services: Listed, mapped: Mapped, warning: readonly string[]]>([
  ["listed", ({ web }) => [web], () => ["web", "web"], []],
  ["listed by ARN", () => [SERVICE_ARN], () => ["web"], []],
  ["listed, with a name that Cloud Map gives it", ({ web, api }) => [web, api], ({ api }) => [api, "web"], []],
  ["not listed", ({ web }) => [web], () => ["web", "api"], [`ns-shop/api: ${NOT_AMONG}`]],
  ["not listed by ARN", () => [SERVICE_ARN], () => ["web", "api"], [`1 of ns-shop/web, ns-shop/api: ${NOT_AMONG}`]],
  ["not listed, without a name of its own", ({ web }) => [web], ({ api }) => [api], ["`mappings[0]`: not among"]],
])("warns of a mapping whose service may not be written, and only then: %s", (_what, services, mapped, warning) => {
  const stack = createStack((made) => {
    const namespace = new HttpNamespace(made, "Shop", { name: "shop.local" });
    const [web, api] = [namespace.createService("Web", { name: "web" }), namespace.createService("Api")];
    const mappings = mapped({ web: web.serviceName, api: api.serviceName }).map((service) => ({
      service,
      pods: { namespace: "shop" },
    }));
    return { ...NARROW, services: services({ web, api }), configuration: { ...NARROW.configuration, mappings } };
  });
  expect(warnings(stack)).toEqual(warning.map((text) => expect.stringContaining(text)));
});

const SERVICE_ARN = "arn:aws:servicediscovery:eu-west-1:111122223333:service/srv-web";
type Listed = (made: { readonly web: IService; readonly api: IService }) => readonly (string | IService)[];
type Mapped = (names: { readonly web: string; readonly api: string }) => readonly string[];

function warned(props: CloudMapSyncProps, text: string): readonly object[] {
  return Annotations.fromStack(createStack(props)).findWarning("*", Match.stringLikeRegexp(text));
}

function imported(stack: Stack): INamespace {
  return PrivateDnsNamespace.fromPrivateDnsNamespaceAttributes(stack, "Shop", {
    namespaceArn: "arn:aws:servicediscovery:eu-west-1:111122223333:namespace/ns-shop",
    namespaceId: "ns-shop",
    namespaceName: "shop.local",
  });
}

function warnings(stack: Stack): readonly string[] {
  return Annotations.fromStack(stack)
    .findWarning("*", Match.anyValue())
    .map(({ entry }) => JSON.stringify(entry.data));
}
