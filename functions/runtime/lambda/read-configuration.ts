import { SSMProvider } from "@aws-lambda-powertools/parameters/ssm";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { InputError, messageOf } from "../../core/errors.ts";
import type { Configuration } from "../../core/settings.ts";
import { parseConfiguration } from "../configuration/document.ts";
import { parseLambdaEnvironment } from "../configuration/environment.ts";
import { createDocumentReader } from "./configuration-cache.ts";

/** A document read within this many seconds is used again: the longest that a change of it takes to be seen. */
const CONFIGURATION_SECONDS = 60;

type Variables = Readonly<Record<string, string | undefined>>;

type Parsed = { readonly text: string; readonly configuration: Configuration };

export type ReadConfiguration = {
  /** The configuration, and the document that says it. */
  readonly read: () => Promise<Parsed>;
  /** Why another document may count by now; undefined where it is the newest. */
  readonly staleness: () => Error | undefined;
};

/** Reads the SSM parameter that the deployment names. Throws an InputError where that is missing or wrong. */
export function createReadConfiguration(
  variables: Variables,
  ssm: SSMClient,
  onStale: (warning: string) => void,
): ReadConfiguration {
  const parameters = new SSMProvider({ awsSdkV3Client: ssm });
  const document = createDocumentReader({
    read: async () => {
      const { parameter } = parseLambdaEnvironment(variables);
      try {
        return (await parameters.get(parameter, { maxAge: CONFIGURATION_SECONDS, decrypt: true })) ?? "";
      } catch (cause) {
        throw new InputError(
          `the configuration could not be read from the SSM parameter ${parameter} (CONFIG_PARAMETER): ${messageOf(cause)}; check that it exists and that this function may read it`,
          { cause },
        );
      }
    },
    patience: () => parseLambdaEnvironment(variables).staleMinutes * 60_000,
    onStale,
  });
  let parsed: Parsed | undefined;
  return {
    staleness: document.staleness,
    read: async () => {
      const { parameter, cluster } = parseLambdaEnvironment(variables);
      const text = await document.read();
      if (parsed?.text !== text)
        parsed = { text, configuration: parseConfiguration(text, `the SSM parameter ${parameter}`, cluster) };
      return parsed;
    },
  };
}
