import { basename } from "node:path";
import { resolveContext } from "./context.ts";
import type { Context } from "./context.ts";
import type { ExecEntry } from "./document.ts";
import { findKubeconfig } from "./files.ts";
import type { Variables } from "./files.ts";

/** `aws eks update-kubeconfig` calls the cluster and its user so, whatever alias the context has. */
const ARN = /^arn:[^:]+:eks:[^:]+:\d+:cluster\/([A-Za-z0-9][\w-]{0,99})$/;
/** `eksctl utils write-kubeconfig` calls the cluster so. */
const EKSCTL = /^([A-Za-z0-9][\w-]{0,99})\.[a-z]{2,}(?:-[a-z]+)+-\d\.eksctl\.io$/;

/** The options by which programs that print tokens of EKS are told the cluster. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  aws: ["--cluster-name"],
  "aws-iam-authenticator": ["-i", "--cluster-id"],
};

/**
 * The name of the EKS cluster that a context leads to, and the context's; undefined where the kubeconfig does not say it, or says
 * two. A program for tokens says it surest: the API server takes a token of its own name alone.
 */
export function findEksCluster(
  { file, context }: { readonly file?: string | undefined; readonly context?: string | undefined },
  variables: Variables,
): { readonly cluster: string; readonly context: string } | undefined {
  const found = findKubeconfig(file, variables);
  if (found === undefined || (context ?? found.kubeconfig.currentContext) === "") return undefined;
  const resolved = resolveContext(found, context);
  const names = new Set(namesIn(resolved));
  const [cluster] = names;
  return cluster === undefined || names.size > 1 ? undefined : { cluster, context: resolved.name };
}

function namesIn({ clusterName, userName, user: { exec } }: Context): readonly string[] {
  const given = [clusterName, userName].flatMap((name) => ARN.exec(name)?.[1] ?? EKSCTL.exec(name)?.[1] ?? []);
  return exec ? [...given, ...argumentOf(exec)] : given;
}

function argumentOf({ command, args }: ExecEntry): readonly string[] {
  const options = OPTIONS[basename(command).replace(/\.exe$/, "")] ?? [];
  return (args ?? []).flatMap((word, index, words) => {
    const [option = "", value = words[index + 1]] = word.split("=", 2);
    return options.includes(option) && value !== undefined ? [value] : [];
  });
}
