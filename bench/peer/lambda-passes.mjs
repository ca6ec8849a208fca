// A Lambda as its runtime has it, without anything of this repository but the bundle: `node lambda-passes.mjs FILE PASSES`.
// Plain JavaScript, since what strips types would be measured too.
const [file, passes] = process.argv.slice(2);
const { handler } = await import(file);
const event = { time: "2026-11-24T14:01:00Z" };
for (let pass = 0; pass < Number(passes); pass++) {
  const context = { awsRequestId: String(pass), functionName: "bench", getRemainingTimeInMillis: () => 240_000 };
  const report = await handler(event, context);
  const failed = report.services.filter(({ error }) => error !== null);
  if (report.errors.length > 0 || failed.length > 0) throw new Error(JSON.stringify({ errors: report.errors, failed }));
}
process.exit();
