// The cells of a CSV text (RFC 4180): parted by commas, those with commas, quotes or line breaks in quotes, a quote in them twice.

export interface CsvRow {
  /** Where the row begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A value as one cell. */
export const csvCell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** All rows that are not empty. `refuse` is told of the line and what is wrong there. */
export function csvRows(text: string, refuse: (where: string, what: string) => never): CsvRow[] {
  const rows: CsvRow[] = [];
  // A byte order mark is what spreadsheets begin their files with.
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  let [cells, begin]: [string[], number] = [[], 1];
  const quoted = (): string => {
    let value = '';
    for (at++; ; at++) {
      const char = text[at];
      if (char === undefined) return refuse(`line ${begin}`, 'a quote is not closed');
      if (char === '\n') line++;
      if (char !== '"') value += char;
      else if (text[at + 1] === '"') value += text[at++];
      else break;
    }
    at++;
    const next = text[at];
    if (next !== undefined && !',\r\n'.includes(next))
      refuse(`line ${line}`, `${JSON.stringify(next)} behind a closed quote`);
    return value;
  };
  const plain = (): string => {
    const from = at;
    while (at < text.length && !',\r\n'.includes(text[at] ?? '')) at++;
    const value = text.slice(from, at);
    return value.includes('"') ? refuse(`line ${line}`, 'a quote inside a cell without quotes') : value;
  };
  while (at < text.length) {
    cells.push(text[at] === '"' ? quoted() : plain());
    const isMore = text[at] === ',';
    if (isMore) at++;
    if (isMore && at < text.length) continue;
    if (isMore) cells.push('');
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (cells.some((cell) => cell !== '')) rows.push({ line: begin, cells });
    line++;
    [cells, begin] = [[], line];
  }
  return rows.length > 0 ? rows : refuse('line 1', 'the table is empty');
}
