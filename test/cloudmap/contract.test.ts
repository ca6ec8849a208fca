import { describe } from "vitest";
import { openCloudMap } from "../emulators/cloudmap/fixture.ts";
import { SWITCH_SETTINGS } from "../emulators/cloudmap/switches.ts";
import { describeRegistry } from "./contract.ts";

describe.each(SWITCH_SETTINGS)("with Cloud Map's undocumented behaviour $name", ({ switches }) => {
  describeRegistry(async () => (await openCloudMap({ switches })).client);
});

describe("with a Cloud Map that gives one thing a page", () => {
  describeRegistry(async () => (await openCloudMap({ maxPageSize: 1 })).client);
});
