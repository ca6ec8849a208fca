import * as z from "zod";
import { InputError } from "../core/errors.ts";
import { LABEL_KEY, LABEL_VALUE } from "../core/label-syntax.ts";
import { byText } from "../core/model.ts";
import type { Attributes } from "../core/model.ts";
import { readEach } from "./mistakes.ts";

/** `metav1.LabelSelector`. The empty one selects everything; what an absent one selects is its owner's to say. */
export const labelSelectorSchema = z.object({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});

export type LabelSelector = z.infer<typeof labelSelectorSchema>;

/**
 * A selector as the API server takes it, its requirements sorted. Throws an InputError for what it would refuse, or read
 * as something else: custom resources carry any text here, and a comma in a value would begin another requirement.
 */
export function formatSelector(selector: LabelSelector): string {
  return requirementsOf(selector)
    .map(({ key, operator, values }) => {
      switch (operator) {
        case "Is":
          return `${key}=${values.join()}`;
        case "In":
          return `${key} in (${values.join()})`;
        case "NotIn":
          return `${key} notin (${values.join()})`;
        case "Exists":
          return key;
        case "DoesNotExist":
          return `!${key}`;
        default:
          return operator satisfies never;
      }
    })
    .toSorted(byText)
    .join();
}

/** Whether labels satisfy a selector. Throws as `formatSelector` does. */
export function matchesSelector(selector: LabelSelector, labels: Attributes): boolean {
  return requirementsOf(selector).every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "Is":
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        return operator satisfies never;
    }
  });
}

type Requirement = {
  readonly key: string;
  readonly operator: "Is" | "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
};

function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): readonly Requirement[] {
  const requirements: readonly Requirement[] = [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => ({ key, operator: "Is" as const, values: [value] })),
    ...(matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator,
      // Each once: of a list that is empty values alone, API servers before 1.35 refuse all but one length.
      values: [...new Set(values ?? [])].toSorted(byText),
    })),
  ];
  readEach(requirements, checkRequirement);
  return requirements;
}

const KEY = new RegExp(`^${LABEL_KEY}$`);
const VALUE = new RegExp(`^${LABEL_VALUE}$`);

function checkRequirement({ key, operator, values }: Requirement): void {
  if (!KEY.test(key)) throw new InputError(`the selector's key ${JSON.stringify(key)} is no label key; correct it`);
  const wrong = values.find((value) => !VALUE.test(value));
  if (wrong !== undefined)
    throw new InputError(`the selector's value ${JSON.stringify(wrong)} of ${key} is no label value; correct it`);
  const takesValues = operator !== "Exists" && operator !== "DoesNotExist";
  if (takesValues !== values.length > 0)
    throw new InputError(
      `the selector's ${operator} of ${key} ${takesValues ? "needs values; name some" : "takes no values; leave them out"}`,
    );
}
