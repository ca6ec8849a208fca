/** What was looked at, and what to do about it unless it is ok. A warning keeps nothing from working. */
export type Check = { readonly check: string; readonly result: "ok" | "warning" | "failed"; readonly message: string };

export function ok(check: string, message: string): Check {
  return { check, result: "ok", message };
}

export function warning(check: string, message: string): Check {
  return { check, result: "warning", message };
}

export function failed(check: string, message: string): Check {
  return { check, result: "failed", message };
}
