import type { Composed } from "../runtime/compose.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import type { Options } from "./session.ts";
import { createPaint, fit, printable } from "./text.ts";
import type { Style } from "./text.ts";

/** Whom a command is about. */
export type About = {
  /** The stack whose configuration was read, as it was named. */
  readonly stack: string | null;
  /** The URL of the API server. */
  readonly server: string;
  /** The EKS cluster's name, where it was reached through EKS. */
  readonly eksCluster: string | null;
  /** Of the kubeconfig, where one was named. */
  readonly context: string | null;
  /** The UID of the namespace kube-system. */
  readonly cluster: string;
  /** The AWS account, as far as an ARN that was read tells it, or the credentials. */
  readonly account: string | null;
  readonly region: string;
  readonly owner: string;
};

export function aboutOf(
  {
    server,
    region,
    settings,
    account,
  }: Pick<Composed, "server" | "region" | "settings"> & { readonly account: string | undefined },
  { context, stack }: Pick<Options, "context" | "stack">,
  { namespaces }: Pick<Reads, "namespaces">,
): About {
  const { arn, cluster } = settings.identity;
  const arns = [arn, ...namespaces.map(({ read }) => ("value" in read ? read.value.namespace.arn : undefined))];
  return {
    stack: stack ?? null,
    server,
    eksCluster: arn === undefined ? null : settings.cluster,
    context: context ?? null,
    cluster,
    account: arns.flatMap((one) => one?.split(":")[4] ?? []).find((one) => one !== "") ?? account ?? null,
    region,
    owner: settings.owner,
  };
}

/** Short lines above a table. */
export function renderAbout(about: About, style: Style): string {
  return renderLines(aboutLines(about), style);
}

type Line = readonly [name: string, value: string];

/** Each with what it is called. */
export function aboutLines(about: About): readonly Line[] {
  const { stack, server, eksCluster, context, cluster, account, region, owner } = about;
  const reached = eksCluster === null ? (context === null ? "" : `context ${context}, `) : `EKS ${eksCluster}, `;
  return [
    ...(stack === null ? [] : [["stack", stack] as const]),
    ["cluster", `${reached}UID ${cluster}`],
    ["server", server.replace(/^https:\/\//, "").replace(/\/$/, "")],
    ["AWS", account === null ? `region ${region}` : `account ${account}, region ${region}`],
    ["owner", owner],
  ];
}

/** A line each, what it is called beside what it is. */
export function renderLines(lines: readonly Line[], style: Style): string {
  const paint = createPaint(style);
  const width = Math.max(...lines.map(([name]) => name.length));
  const text = lines.map(([name, value]) => `${paint("dim", name.padEnd(width))}  ${printable(value)}`).join("\n");
  return `${fit(text, style)}\n\n`;
}
