import { afterAll, beforeAll, describe } from "vitest";
import { describeRegistry } from "../cloudmap/contract.ts";
import { missingMoto, startMoto } from "../support/moto.ts";
import type { Moto } from "../support/moto.ts";

const missing = missingMoto();
if (missing !== undefined) console.log(missing);

/** Cloud Map as other hands read its API: good for the wire, not for semantics. */
describe.skipIf(missing !== undefined)("with moto's Cloud Map", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());

  describeRegistry(async () => moto.client);
});
