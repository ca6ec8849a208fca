type Test = (line: unknown) => boolean;

/**
 * CloudWatch Logs' filter patterns for JSON, as far as the subscription uses them: parentheses, `&&`, `||`, `=` with a text,
 * and `NOT EXISTS`. Throws where a pattern uses more.
 */
export function parseFilterPattern(pattern: string): Test {
  const tokens = pattern.match(/\(|\)|\{|\}|&&|\|\||=|NOT EXISTS|\$[.\w]+|"[^"]*"|\S+/g) ?? [];
  const take = (expected?: string): string => {
    const token = tokens.shift() ?? "";
    if (expected !== undefined && token !== expected) throw new Error(`expected ${expected}, found ${token}`);
    return token;
  };
  const comparison = (): Test => {
    const path = take().split(".").slice(1);
    if (take() === "NOT EXISTS") return (line) => valueAt(line, path) === undefined;
    const wanted = take().replaceAll('"', "");
    return (line) => valueAt(line, path) === wanted;
  };
  const term = (): Test => {
    if (tokens[0] !== "(") return comparison();
    take("(");
    const inner = expression();
    take(")");
    return inner;
  };
  const expression = (): Test => {
    const first = term();
    const operator = tokens[0];
    if (operator !== "&&" && operator !== "||") return first;
    const terms = [first];
    while (tokens[0] === operator) {
      take(operator);
      terms.push(term());
    }
    return operator === "&&" ? (line) => terms.every((one) => one(line)) : (line) => terms.some((one) => one(line));
  };
  take("{");
  const test = expression();
  take("}");
  return test;
}

function valueAt(line: unknown, path: readonly string[]): unknown {
  return path.reduce(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    line,
  );
}
