type Point = { readonly x: number; readonly y: number };
type Line = { readonly name: string; readonly points: readonly Point[] };

export type Chart = {
  /** What the axes show. */
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
  /** What must not be exceeded. */
  readonly limit: { readonly y: number; readonly name: string };
};

const [WIDTH, HEIGHT] = [760, 420];
const FRAME = { left: 60, right: 200, top: 20, bottom: 50 };
const COLORS = ["#1b6ca8", "#c0392b", "#2d8659", "#8e44ad", "#b9770e", "#555555"];

/** An SVG picture with both axes logarithmic: what grows in proportion is a straight line with a slope of one. */
export function renderChart({ x, y, lines, limit }: Chart): string {
  const known = lines.map(({ name, points }) => ({ name, points: points.filter((point) => point.y > 0) }));
  const all = [...known.flatMap(({ points }) => points), { x: 1, y: limit.y }];
  const toX = scale(
    all.map((point) => point.x),
    FRAME.left,
    WIDTH - FRAME.right,
  );
  const toY = scale(
    all.map((point) => point.y),
    HEIGHT - FRAME.bottom,
    FRAME.top,
  );
  const bottom = HEIGHT - FRAME.bottom;
  const right = WIDTH - FRAME.right;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...toX.decades.map((at) => gridLine(toX.place(at), FRAME.top, toX.place(at), bottom)),
    ...toX.decades.map((at) => label(toX.place(at), bottom + 18, at.toLocaleString("en"), "middle")),
    ...toY.decades.map((at) => gridLine(FRAME.left, toY.place(at), right, toY.place(at))),
    ...toY.decades.map((at) => label(FRAME.left - 8, toY.place(at) + 4, String(at), "end")),
    label((FRAME.left + right) / 2, HEIGHT - 10, x, "middle"),
    label(FRAME.left, FRAME.top - 6, y, "start"),
    `<line x1="${FRAME.left}" y1="${round(toY.place(limit.y))}" x2="${right}" y2="${round(toY.place(limit.y))}" stroke="#555" stroke-dasharray="6 4"/>`,
    label(right + 8, toY.place(limit.y) + 4, limit.name, "start"),
    ...known.flatMap((line, index) => renderLine(line, index, toX.place, toY.place)),
    "</svg>",
    "",
  ].join("\n");
}

function renderLine(
  { name, points }: Line,
  index: number,
  toX: (value: number) => number,
  toY: (value: number) => number,
): readonly string[] {
  const color = COLORS[index % COLORS.length] ?? "black";
  const places = points.map((point) => `${round(toX(point.x))},${round(toY(point.y))}`);
  const legend = HEIGHT / 2 + index * 20;
  return [
    `<polyline points="${places.join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...places.map(
      (place) => `<circle cx="${place.split(",")[0]}" cy="${place.split(",")[1]}" r="3.5" fill="${color}"/>`,
    ),
    `<line x1="${WIDTH - FRAME.right + 12}" y1="${legend}" x2="${WIDTH - FRAME.right + 36}" y2="${legend}" stroke="${color}" stroke-width="2"/>`,
    label(WIDTH - FRAME.right + 42, legend + 4, name, "start"),
  ];
}

/** From the decade under the smallest value to the one over the largest. */
function scale(values: readonly number[], from: number, to: number) {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    decades: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
    place: (value: number) => from + ((Math.log10(value) - first) / (last - first)) * (to - from),
  };
}

function gridLine(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#ddd"/>`;
}

function label(x: number, y: number, text: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${text}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
