// Shapes and values that every norm of rows is tried with.

export interface NormCase {
  readonly why: string;
  readonly rows: number;
  readonly columns: number;
  readonly scale?: number;
  readonly eps?: number;
  /** Rows of y that the norm must leave alone. */
  readonly spareRows?: number;
}

/** Every other case changes one thing of it. */
export const control = { rows: 8, columns: 128 };

export const normCases: readonly NormCase[] = [
  { why: 'the control', ...control },
  { why: 'the smallest row', rows: 1, columns: 4 },
  { why: 'one row', ...control, rows: 1 },
  { why: 'two rows of a workgroup of four', ...control, rows: 2 },
  { why: 'three rows', ...control, rows: 3 },
  { why: 'one row more than a workgroup', ...control, rows: 5 },
  { why: 'as many rows as a crop has patches', ...control, rows: 729 },
  { why: 'a width of 72', ...control, columns: 72 },
  { why: 'a width that is no multiple of 64', ...control, columns: 588 },
  { why: 'values beyond the range of f16', ...control, scale: 1e6 },
  { why: 'values so small that eps rules', ...control, scale: 1e-5 },
  { why: 'an eps that counts', ...control, eps: 0.1 },
  { why: 'rows of y that stay as they are', ...control, rows: 5, spareRows: 2 },
];

/** Rows whose workgroups of four fold into 2 x 32,769, one workgroup too many. */
export const rowsBeyondOneAxis = 4 * 65_537 - 1;
