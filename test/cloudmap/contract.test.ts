import { describe } from "vitest";
import { openCloudMap } from "../emulators/cloudmap/fixture.ts";
import { defaultOptions } from "../emulators/cloudmap/options.ts";
import { SWITCH_SETTINGS } from "../emulators/cloudmap/switches.ts";
import { fastClock } from "./fixture.ts";
import { describeRegistry } from "./contract.ts";

describe.each(SWITCH_SETTINGS)("with Cloud Map's undocumented behaviour $name", ({ switches }) => {
  describeRegistry(async () => (await openCloudMap({ switches })).client);
});

describe("with operations that take some seconds, as in life, on a clock a hundred times as fast", () => {
  describeRegistry(async () => (await openCloudMap({ ...defaultOptions(), now: fastClock() })).client);
});

describe("with a Cloud Map that gives one thing a page", () => {
  describeRegistry(async () => (await openCloudMap({ maxPageSize: 1 })).client);
});
