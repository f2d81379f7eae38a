// Numbers as columns.

import type { Interval } from '../../eval/metrics/bootstrap.ts';

/** Rows in columns as wide as their widest cell: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

export function fixed(value: number, digits = 3): string {
  // What rounds to 0 has no sign.
  return value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1');
}

const signed = (value: number) => `${value >= 0 && fixed(value) !== fixed(0) ? '+' : ''}${fixed(value)}`;

/** `0.972 (0.962 to 0.981)`; a dash where there is none. */
export function interval(value: Interval | null): string {
  return value ? `${fixed(value.value)} (${fixed(value.low)} to ${fixed(value.high)})` : '-';
}

/** The same with signs. */
export function change(value: Interval): string {
  return `${signed(value.value)} (${signed(value.low)} to ${signed(value.high)})`;
}

export function pValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${fixed(p)}`;
}
