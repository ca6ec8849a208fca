import { Aws } from "aws-cdk-lib/core";
import { QueryDefinition, QueryString } from "aws-cdk-lib/aws-logs";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** Of the lines that functions/runtime/lambda/logger.ts writes, one a change. */
export const CHANGES_BY_REASON = [
  'filter message = "changed"',
  "stats count(*) as changes by kind, reason",
  "sort changes desc",
];

/** Of the line that ends each pass. */
export const CALLS_OF_CLOUD_MAP = ['filter message = "pass ended"', "stats sum(calls) as calls by bin(5m)"];

/** CloudWatch Logs Insights queries for the questions that people ask. They appear in the console in a folder of the stack's name. */
export function createQueries(scope: Construct, logGroups: readonly ILogGroup[]): void {
  const folder = `${Aws.STACK_NAME}/${scope.node.id}`;
  new QueryDefinition(scope, "WhyRemoved", {
    queryDefinitionName: `${folder}/Why was this instance removed?`,
    logGroups: [...logGroups],
    queryString: new QueryString({
      fields: ["@timestamp", "namespace", "service", "id", "pod", "reason", "requestId"],
      filterStatements: ['message = "changed"', 'kind = "deregister"', "id like /./ # the instance's id"],
      sort: "@timestamp desc",
      limit: 200,
    }),
  });
  new QueryDefinition(scope, "WhatIsHeld", {
    queryDefinitionName: `${folder}/What is held?`,
    logGroups: [...logGroups],
    queryString: new QueryString({
      filterStatements: ['message in ["held", "wrong claims"]'],
      statsStatements: [
        "latest(@timestamp) as last, latest(count) as howMany, latest(ids.0) as first, latest(remedy) as whatToDo by namespace, service, from, kind, reason",
      ],
      sort: "last desc",
      limit: 200,
    }),
  });
  new QueryDefinition(scope, "WhatFailed", {
    queryDefinitionName: `${folder}/What failed?`,
    logGroups: [...logGroups],
    queryString: new QueryString({
      fields: ["@timestamp", "message", "namespace", "service", "count", "ids.0", "failure", "error.message"],
      filterStatements: ['level = "ERROR"'],
      sort: "@timestamp desc",
      limit: 200,
    }),
  });
}
