import { Aws } from "aws-cdk-lib/core";
import { CfnQueryDefinition, QueryDefinition, QueryString } from "aws-cdk-lib/aws-logs";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** Each change of the lines that functions/runtime/lambda/logger.ts writes, ten in one, as a record of its own. */
const EACH_CHANGE = [
  'filter message in ["changed", "pass ended"] and ispresent(changes.0.id)',
  "fields @timestamp, requestId, jsonParse(@message) as line",
  "unnest line.changes into change",
];

export const CHANGES_BY_REASON = [
  ...EACH_CHANGE,
  "stats count(*) as changes by change.kind, change.reason",
  "sort changes desc",
];

const WHY_REMOVED = [
  ...EACH_CHANGE,
  'filter change.kind = "deregister" and change.id like /./ # the instance\'s id',
  "display @timestamp, change.namespace, change.service, change.id, change.pod, change.reason, requestId",
  "sort @timestamp desc",
  "limit 200",
];

const WHAT_IS_HELD = [
  'filter message in ["held", "wrong claims"]',
  "stats latest(@timestamp) as last, latest(count) as howMany, latest(ids.0) as first, latest(remedy) as whatToDo by namespace, service, from, kind, reason",
  "sort last desc",
  "limit 200",
];

const WHAT_FAILED = [
  "fields @timestamp, message, namespace, service, count, ids.0, failure, error.message",
  'filter level = "ERROR"',
  "sort @timestamp desc",
  "limit 200",
];

/** Id, what people read, and the query's lines. */
const QUERIES = [
  ["WhyRemoved", "Why was this instance removed?", WHY_REMOVED],
  ["WhatIsHeld", "What is held?", WHAT_IS_HELD],
  ["WhatFailed", "What failed?", WHAT_FAILED],
] as const;

/** Of the line that ends each pass. */
export const CALLS_OF_CLOUD_MAP = ['filter message = "pass ended"', "stats sum(calls) as calls by bin(5m)"];

/** CloudWatch Logs Insights queries for the questions that people ask. They appear in the console in a folder of the stack's name. */
export function createQueries(scope: Construct, logGroups: readonly ILogGroup[]): void {
  for (const [id, question, lines] of QUERIES) {
    const definition = new QueryDefinition(scope, id, {
      queryDefinitionName: `${Aws.STACK_NAME}/${scope.node.id}/${question}`,
      logGroups: [...logGroups],
      queryString: new QueryString({}),
    });
    // QueryString has no word for `unnest`, and in older versions of CDK none for `stats`.
    if (definition.node.defaultChild instanceof CfnQueryDefinition)
      definition.node.defaultChild.queryString = lines.join("\n| ");
  }
}
