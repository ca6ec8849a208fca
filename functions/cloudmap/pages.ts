import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import type { Calls } from "./calls.ts";

type Page = { readonly NextToken?: string | undefined };

/**
 * Every page of a list, none begun after `until` (LateError). The pages have one turn: of many lists some are complete before others
 * are begun. Filters apply after paging, so a page may be empty and not the last.
 */
export async function listPages<Output extends Page, Item>(
  calls: Calls,
  operation: string,
  call: (
    client: ServiceDiscoveryClient,
    page: { readonly MaxResults: number; readonly NextToken?: string },
  ) => Promise<Output>,
  itemsOf: (output: Output) => readonly Item[] | undefined,
  until: number,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const place = calls.nextPlace();
  let token: string | undefined;
  do {
    const page = { MaxResults: PAGE_SIZE, ...(token === undefined ? {} : { NextToken: token }) };
    const output = await calls.send(operation, (client) => call(client, page), until, until, place);
    items.push(...(itemsOf(output) ?? []));
    token = output.NextToken;
  } while (token !== undefined && token !== "");
  return items;
}

/** The most that Cloud Map's lists give in one page. */
const PAGE_SIZE = 100;
