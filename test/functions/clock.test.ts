import { expect, test } from "vitest";
import { openShop, SCHEDULED } from "./shop.ts";

test.each([
  [20, "ahead of"],
  [-20, "behind"],
])("a function whose clock is %i min off says so, where its tokens are refused", async (minutes, where) => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  lambda.advance(minutes * 60_000);
  const { answer } = await lambda.invoke(SCHEDULED);
  expect(JSON.stringify(answer)).toContain(`clock is 20 min ${where} the API server's`);
});
