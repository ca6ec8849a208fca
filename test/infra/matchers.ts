import type { Template } from "aws-cdk-lib/assertions";
import { expect } from "vitest";

/** CDK's assertions on templates, as matchers: `expect(template).toHaveEvery("AWS::SQS::Queue", { … })`. */
type TemplateMatchers<R> = {
  readonly [Name in keyof typeof METHODS]: (...args: Parameters<Template[(typeof METHODS)[Name]]>) => R;
};

declare module "vitest" {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends TemplateMatchers<R> {
    /** Of the value that is tested. */
    readonly tested?: T;
  }
}

const METHODS = {
  toHaveOne: "hasResourceProperties",
  toHaveOneWhole: "hasResource",
  toHaveEvery: "allResourcesProperties",
  toHaveEveryWhole: "allResources",
  toHaveNumber: "resourceCountIs",
  toHaveNumberSuch: "resourcePropertiesCountIs",
} as const satisfies Readonly<Record<string, keyof Template>>;

expect.extend(
  Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => [
      name,
      (template: Template, ...args: readonly unknown[]) => {
        try {
          Reflect.apply(template[method], template, args);
          return { pass: true, message: () => "the template has it" };
        } catch (error) {
          return { pass: false, message: () => String(error) };
        }
      },
    ]),
  ),
);
