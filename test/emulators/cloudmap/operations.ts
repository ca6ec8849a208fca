import * as z from "zod";
import { AwsJsonError } from "../aws-json.ts";
import { matcherOf } from "./filters.ts";
import type { FilterRule } from "./filters.ts";
import { account, filters, operation, page } from "./input.ts";
import type { CloudMapOperations } from "./input.ts";
import { pageOf } from "./pages.ts";
import type { Operation } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

export const operationOperations: CloudMapOperations = {
  GetOperation: operation(
    { OperationId: z.string().max(255), OwnerAccount: account.optional() },
    (world, { OperationId, OwnerAccount = world.account }) => {
      const found = world.operations.get(OperationId);
      // Those in a shared namespace are found only with its owner's account.
      if (found === undefined || found.owner !== OwnerAccount)
        throw new AwsJsonError("OperationNotFound", `Can't find an operation with id ${OperationId}`);
      return { Operation: shownOperation(world, found) };
    },
  ),

  ListOperations: operation({ ...page, Filters: filters }, (world, input) => {
    const own = world.operations.values().filter(({ owner }) => owner === world.account);
    const matches = matcherOf(input.Filters, rulesFor(world));
    const { items, NextToken } = pageOf(world, own, input, ["operations", input.Filters], matches);
    return { Operations: items.map((one) => ({ Id: one.id, Status: stateOf(world, one).status })), NextToken };
  }),
};

function shownOperation(world: CloudMapWorld, one: Operation): object {
  const { status, at } = stateOf(world, one);
  return {
    Id: one.id,
    OwnerAccount: one.owner,
    Type: one.type,
    Status: status,
    ...(one.end?.status === "FAIL" ? { ErrorCode: one.end.code, ErrorMessage: one.end.message } : {}),
    CreateDate: one.createdAt / 1_000,
    UpdateDate: at / 1_000,
    Targets: one.targets,
  };
}

type OperationState = { readonly status: "SUBMITTED" | "PENDING" | "SUCCESS" | "FAIL"; readonly at: number };

/** Submitted for the first tenth of its time, then pending; one without an end stays so. */
function stateOf(world: CloudMapWorld, { createdAt, end }: Operation): OperationState {
  if (end !== undefined) return end;
  const { operationDelayMs } = world.options;
  const begins = createdAt + (Number.isFinite(operationDelayMs) ? operationDelayMs / 10 : 0);
  return world.now() > begins ? { status: "PENDING", at: begins } : { status: "SUBMITTED", at: createdAt };
}

function rulesFor(world: CloudMapWorld): Readonly<Record<string, FilterRule<Operation>>> {
  return {
    NAMESPACE_ID: { conditions: ["EQ"], valuesOf: ({ targets }) => listed(targets.NAMESPACE) },
    SERVICE_ID: { conditions: ["EQ"], valuesOf: ({ targets }) => listed(targets.SERVICE) },
    STATUS: {
      conditions: ["EQ", "IN"],
      // The documentation of the filter says SUCCEED, that of the operation SUCCESS.
      allowed: ["SUBMITTED", "PENDING", "SUCCESS", "SUCCEED", "FAIL"],
      valuesOf: (one) => {
        const { status } = stateOf(world, one);
        return status === "SUCCESS" ? ["SUCCESS", "SUCCEED"] : [status];
      },
    },
    TYPE: {
      conditions: ["EQ", "IN"],
      allowed: [
        "CREATE_NAMESPACE",
        "DELETE_NAMESPACE",
        "UPDATE_NAMESPACE",
        "UPDATE_SERVICE",
        "REGISTER_INSTANCE",
        "DEREGISTER_INSTANCE",
      ],
      valuesOf: ({ type }) => [type],
    },
    UPDATE_DATE: { conditions: ["BETWEEN"], valuesOf: (one) => [String(stateOf(world, one).at / 1_000)] },
  };
}

function listed(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}
