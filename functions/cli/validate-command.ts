import { serviceName } from "../core/model.ts";
import type { NamespaceRead } from "../core/ports.ts";
import { readFailures, resolveSubjects } from "../core/resolve.ts";
import type { Configuration } from "../core/settings.ts";
import { InputError } from "../core/errors.ts";
import { asDeployed, MAX_PARAMETER_BYTES, MAX_TEMPLATE_CHARACTERS } from "../runtime/configuration/document-size.ts";
import { checkManifests } from "./manifests/check-manifests.ts";
import { failed, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import { checkDocument } from "./checks.ts";
import { renderChecks } from "./render-checks.ts";
import { readConfiguration, readDocument } from "./session.ts";
import type { Options, Terminal } from "./session.ts";

export type ValidateOptions = Options & { readonly strict?: boolean };

/** Checks the document, and what the manifests claim by it, without a cluster and without AWS. Returns the exit code. */
export async function runValidate(
  files: readonly string[],
  options: ValidateOptions,
  terminal: Terminal,
): Promise<0 | 1> {
  if (options.config === "-" && files.includes("-"))
    throw new InputError("standard input cannot be the configuration and the manifests; put one of them into a file");
  const configuration = await readConfiguration(options, terminal);
  const { sources, checks: ofManifests } = await checkManifests(files, configuration, terminal);
  const namespaces = configuration.namespaces.map(asWritten);
  const { subjects, strays } = resolveSubjects(sources, namespaces, configuration);
  const checks = [
    documentOf(configuration),
    ...checkSize(await readDocument(options.config ?? "-", terminal)),
    ...subjects.flatMap(({ key, mappings, problems, mistakes }): readonly Check[] => [
      ...(mappings.length === 0
        ? []
        : [ok(`service ${serviceName(key)}`, `claimed by ${mappings.map(({ origin }) => origin.name).join(", ")}`)]),
      ...[...problems, ...mistakes].map(({ claim, problem }) => failed(claim, problem)),
    ]),
    ...strays.map(({ claim, problem }) => failed(claim, problem)),
    ...ofManifests,
    ...readFailures(sources, namespaces).map((failure) => failed("sources", failure)),
  ];
  const isOk = checks.every(({ result }) => result === "ok" || (result === "warning" && options.strict !== true));
  const next = isOk ? "Checked offline; `doctor` asks the cluster and AWS." : "With --strict a warning is a failure.";
  terminal.out(
    options.output === "json"
      ? `${JSON.stringify({ checks, ok: isOk }, null, 2)}\n`
      : renderChecks(checks, terminal.style, next),
  );
  return isOk ? 0 : 1;
}

/** A dry run is a stage on the way, and no mistake of the document's. */
function documentOf(configuration: Configuration): Check {
  const checked = checkDocument(configuration);
  return checked.result === "warning" ? ok(checked.check, checked.message) : checked;
}

/** A document may be good, and too long to be deployed. */
function checkSize(text: string): readonly Check[] {
  const deployed = asDeployed(text);
  const bytes = Buffer.byteLength(deployed);
  const [check, remedy] = [
    "size",
    "let Services claim their pods by annotation (`sources.services`), or divide it by `part`",
  ];
  if (bytes > MAX_PARAMETER_BYTES)
    return [
      warning(
        check,
        `as JSON it has ${bytes} bytes, and an SSM parameter holds ${MAX_PARAMETER_BYTES}: the command line takes it, a stack does not; ${remedy}`,
      ),
    ];
  if (deployed.length <= MAX_TEMPLATE_CHARACTERS) return [];
  return [
    warning(
      check,
      `as JSON it has ${deployed.length} characters, and the template takes ${MAX_TEMPLATE_CHARACTERS}: deploy it with the construct or \`cdk deploy\`, which take ${MAX_PARAMETER_BYTES} bytes; or ${remedy}`,
    ),
  ];
}

/** A namespace that nobody has looked up: known by what the document calls it. */
function asWritten(asked: Configuration["namespaces"][number]): NamespaceRead {
  const namespace = { id: asked, arn: asked, name: asked, type: "DNS_PRIVATE" } as const;
  return { asked, read: { value: { namespace, services: [] } } };
}
