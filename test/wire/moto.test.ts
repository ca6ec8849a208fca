import { afterAll, beforeAll, describe } from "vitest";
import { describeRegistry } from "../cloudmap/contract.ts";
import { startMoto } from "../support/moto.ts";
import type { Moto } from "../support/moto.ts";
import { missingProgram } from "../support/programs.ts";

const missing = missingProgram("moto_server", "pip install 'moto[server]==5.2.5'");
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
