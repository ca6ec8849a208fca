import { expect, test } from "vitest";
import { fit, printable, shorten } from "../../functions/cli/text.ts";

const style = (width: number | undefined) => ({ isColoured: false, width });

test("breaks long lines at spaces, what follows indented below", () => {
  expect(fit("  failed: a b c\nnext", style(12))).toBe("  failed: a\n      b c\nnext");
});

test("leaves lines whole for files and pipes", () => {
  expect(fit("a ".repeat(200), style(undefined))).toBe("a ".repeat(200));
});

test("breaks no word", () => {
  expect(fit("a-word-that-is-too-long", style(10))).toBe("a-word-that-is-too-long");
});

test("does not count colours", () => {
  expect(fit("\u001b[31mfailed:\u001b[39m a", style(9))).toBe("\u001b[31mfailed:\u001b[39m a");
});

test("cuts a long name in its middle", () => {
  expect(shorten("shop.local/web", 14)).toBe("shop.local/web");
  expect(shorten("howto-k8s-cloudmap.pvt.aws.local/colorapp", 21)).toBe("howto-k8s-…l/colorapp");
});

test("takes control characters out", () => {
  expect(printable("a\u001b[2J\r\nb")).toBe("a [2J b");
});
