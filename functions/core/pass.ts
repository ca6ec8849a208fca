import { bindClaims, openCases, readClaims } from "./case.ts";
import type { Case, Claims } from "./case.ts";
import type { Ledger } from "./ledger.ts";
import { serviceName } from "./model.ts";
import type { CloudMapNamespace } from "./model.ts";
import { nameOf } from "./namespaces.ts";
import type { World } from "./ports.ts";
import type { Request } from "./request.ts";
import type { ServiceLists } from "./service-lists.ts";
import { namespaceOf } from "./subject.ts";
import { inTurn } from "./turns.ts";
import type { Turns } from "./turns.ts";

/** What the rounds of one pass share. `claims`: as they were read last; `cases`: all that were opened. */
export type Pass = {
  claims: Claims;
  readonly swept: ReadonlySet<string>;
  readonly lists: ServiceLists;
  readonly cases: Case[];
  readonly turns: Turns;
  readonly ledger: Ledger;
  readonly request: Request;
  readonly world: World;
};

/** The claims as they are now, beside the services of the namespaces that these cases are of. */
export async function readAgain(cases: readonly Case[], { lists, request, world }: Pass): Promise<Claims> {
  const asked = await readClaims(request, { fresh: true }, world);
  await lists.look(cases.flatMap(({ subject }) => namespaceOf(subject) ?? []));
  return bindClaims(asked, lists, world.settings);
}

/** The cases of a namespace that its list brings, once it has come. */
export async function openLater(namespace: CloudMapNamespace, pass: Pass): Promise<readonly Case[]> {
  const { lists, request, swept, world } = pass;
  await bindLater(namespace, pass);
  const name = nameOf(namespace, pass.claims.namespaces);
  const known = new Set(pass.cases.map(({ subject }) => serviceName(subject.key)));
  const cases = openCases(pass.claims, request, countedIn(swept, lists)).filter(
    ({ subject: { key } }) => key.namespace === name && !known.has(serviceName(key)),
  );
  pass.cases.push(...cases);
  return inTurn(cases, world.history, request.start);
}

/** Binds the claims to the services of a namespace too, once its list has come. */
export async function bindLater(namespace: CloudMapNamespace | undefined, pass: Pass): Promise<void> {
  await pass.lists.settled(namespace);
  pass.claims = bindClaims(pass.claims, pass.lists, pass.world.settings);
  pass.ledger.noteClaims(pass.claims);
}

/** Of the namespaces that a sweep looks at, those whose counts are known as they are. */
export function countedIn(swept: ReadonlySet<string>, lists: ServiceLists): ReadonlySet<string> {
  return new Set([...swept].filter((id) => !lists.isComing(id)));
}
