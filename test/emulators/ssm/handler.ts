import * as ssmModel from "@aws-sdk/client-ssm";
import * as z from "zod";
import { AwsJsonError, awsJsonHandler, unknownOperation } from "../aws-json.ts";
import type { Handler } from "../serve.ts";

type Parameter = {
  readonly value: string;
  readonly version: number;
  readonly isAdvanced?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
};

export type SsmWorld = {
  readonly account: string;
  readonly region: string;
  /** Values by name. */
  readonly parameters: Map<string, Parameter>;
  /** What every call is answered instead. */
  failure: { readonly status: number; readonly code: string } | undefined;
  /** Operations that the caller has no right to. */
  readonly denied: Set<string>;
};

export function createSsm(where: Pick<SsmWorld, "account" | "region">): SsmWorld {
  return { ...where, parameters: new Map(), failure: undefined, denied: new Set() };
}

/**
 * A standard parameter holds 4 KB, an advanced one 8 KB; Intelligent-Tiering takes the smaller that fits. Without a tier it is
 * the account's default, standard unless somebody has changed it; an advanced one never becomes standard again.
 */
const LIMITS: Readonly<Record<string, number>> = { Standard: 4096, Advanced: 8192, "Intelligent-Tiering": 8192 };

const getSchema = z.object({ Name: z.string().min(1), WithDecryption: z.boolean().optional() });
const putSchema = z.object({
  Name: z.string().min(1),
  Value: z.string(),
  Overwrite: z.boolean().default(false),
  Tier: z.enum(["Standard", "Advanced", "Intelligent-Tiering"]).default("Standard"),
});

const describeSchema = z.object({
  ParameterFilters: z.array(z.object({ Key: z.string().regex(/^tag:.+$/), Values: z.array(z.string()).min(1) })).min(1),
  MaxResults: z.int().min(1).max(50).default(50),
});

const tagsSchema = z.object({ ResourceType: z.literal("Parameter"), ResourceId: z.string().min(1) });

/** SSM's parameters (awsJson 1.1) over `world`, for `serve`: what reads the configuration, and what a person changes it with. */
export function ssmHandler(world: SsmWorld): Handler {
  return awsJsonHandler(
    "AmazonSSM",
    async (operation, input) => {
      const { failure } = world;
      if (failure !== undefined) throw new AwsJsonError(failure.code, "", { status: failure.status });
      if (world.denied.has(operation))
        throw new AwsJsonError("AccessDeniedException", `User is not authorized to perform: ssm:${operation}`);
      switch (operation) {
        case "ListTagsForResource":
          return listTags(world, tagsSchema.parse(input).ResourceId);
        case "DescribeParameters":
          return describeParameters(world, describeSchema.parse(input));
        case "GetParameter":
          return getParameter(world, getSchema.parse(input).Name);
        case "PutParameter":
          return putParameter(world, putSchema.parse(input));
        default:
          throw unknownOperation();
      }
    },
    ssmModel,
  );
}

function getParameter(world: SsmWorld, asked: string): object {
  const name = asked.replace(/^arn:aws:ssm:[^:]*:[^:]*:parameter(?=\/)/, "").replace(/^arn:.*:parameter\//, "");
  const held = world.parameters.get(name);
  // Its message is empty, as AWS's is.
  if (held === undefined) throw new AwsJsonError("ParameterNotFound", "");
  return {
    Parameter: {
      Name: name,
      Type: "String",
      Value: held.value,
      Version: held.version,
      LastModifiedDate: 1767600000.123,
      ARN: `arn:aws:ssm:${world.region}:${world.account}:parameter/${name.replace(/^\//, "")}`,
      DataType: "text",
    },
  };
}

/** One page, as long as the account has no more. */
function describeParameters(
  { parameters }: SsmWorld,
  { ParameterFilters, MaxResults }: z.infer<typeof describeSchema>,
): object {
  const isMeant = ({ tags = {} }: Parameter) =>
    ParameterFilters.every(({ Key, Values }) => Values.includes(tags[Key.slice("tag:".length)] ?? ""));
  const found = [...parameters].filter(([, parameter]) => isMeant(parameter)).slice(0, MaxResults);
  return { Parameters: found.map(([Name, { version }]) => ({ Name, Type: "String", Version: version })) };
}

function listTags({ parameters }: SsmWorld, name: string): object {
  const held = parameters.get(name);
  if (held === undefined) throw new AwsJsonError("InvalidResourceId", "");
  return { TagList: Object.entries(held.tags ?? {}).map(([Key, Value]) => ({ Key, Value })) };
}

function putParameter(world: SsmWorld, { Name, Value, Overwrite, Tier }: z.infer<typeof putSchema>): object {
  const held = world.parameters.get(Name);
  if (held !== undefined && !Overwrite)
    throw new AwsJsonError("ParameterAlreadyExists", "The parameter already exists. To overwrite it, set Overwrite.");
  const limit = LIMITS[Tier] ?? 0;
  if (Buffer.byteLength(Value) > limit)
    throw new AwsJsonError("ValidationException", `${Tier} tier parameters support a value of ${limit} characters.`);
  if (held?.isAdvanced === true && Tier === "Standard")
    throw new AwsJsonError("ValidationException", "An advanced parameter can't be made a standard one.");
  const version = (held?.version ?? 0) + 1;
  const isAdvanced = held?.isAdvanced === true || Tier === "Advanced" || Buffer.byteLength(Value) > 4096;
  world.parameters.set(Name, { ...held, value: Value, version, isAdvanced });
  return { Version: version, Tier: isAdvanced ? "Advanced" : "Standard" };
}
