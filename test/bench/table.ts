import type { Result } from "./result";

/** Above it the passes of a row differ too much to say which side of a near bar they are on. */
export const NOISY = 0.1;

export type Verdict = "met" | "missed" | "no bar";

export function verdictOf({ measured, bar }: Result): Verdict {
  if (measured === undefined || bar === undefined) return "no bar";
  return measured <= bar ? "met" : "missed";
}

export function isNoisy({ spread = 0, unit }: Result): boolean {
  return unit === "×" && spread > NOISY;
}

const HEAD = ["", "this package", "beside it", "measured", "bar", "spread", ""];

/** The results as a table of Markdown, aligned so that a terminal shows it well too. */
export function tableOf(results: readonly Result[]): string {
  const rows = [HEAD, ...results.map(cellsOf)];
  const widths = HEAD.map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(HEAD), line(rule), ...rows.slice(1).map(line)].join("\n");
}

function cellsOf(result: Result): readonly string[] {
  const { what, own, beside, measured, bar, unit = "", spread } = result;
  const verdict = verdictOf(result);
  return [
    what,
    own,
    beside,
    measured === undefined ? "" : `${figure(measured)} ${unit}`,
    bar === undefined ? "" : `≤ ${bar} ${unit}`,
    spread === undefined ? "" : `${(spread * 100).toFixed(0)} %`,
    `${verdict === "no bar" ? "" : verdict}${isNoisy(result) ? ", noisy" : ""}`,
  ];
}

function figure(value: number): string {
  return Math.abs(value) >= 20 ? value.toFixed(0) : value.toFixed(2);
}
