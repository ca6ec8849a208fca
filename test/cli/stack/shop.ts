import { openShop } from "../../functions/shop.ts";
import { seedStack } from "../../support/deployed-stack.ts";
import { openTerminal } from "../../support/terminal.ts";

/** The shop's deployment as a stack, and a person who asks for it. With `answers` that person sits at a terminal. */
export async function openStack() {
  const shop = await openShop();
  const deployed = seedStack(shop);
  const ofAws = Object.entries(shop.variablesOf("ada")).filter(([name]) => name.startsWith("AWS_"));
  const environment = { ...Object.fromEntries(ofAws), USER: "ada" };
  return { shop, deployed, environment, sit: (...answers: readonly string[]) => openTerminal(environment, ...answers) };
}
