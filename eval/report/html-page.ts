// The frame of every page that is written: no scripts, no fonts, no requests. Pure.

import { escapeHtml } from '../../bench/report/escape-html.ts';
import benchStyles from '../../bench/report/report-html.css?raw';
import ownStyles from './report.css?raw';

/** A page; `title` is text, `header` and `main` are markup. */
export function htmlPage(title: string, header: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}</title>
<style>
${benchStyles}${ownStyles}</style>
</head>
<body>
<header>
${header}
</header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** `2026-01-02 03:04:05 UTC`. */
export function timeElement(iso: string): string {
  const text = iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
  return `<time datetime="${escapeHtml(iso)}">${escapeHtml(text)}</time>`;
}

/** Names and values side by side. */
export function cards(rows: readonly (readonly [name: string, value: string])[]): string {
  const items = rows.map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="cards">${items.join('')}</dl>`;
}

/** A table that scrolls by itself where it is wider than the page; cells are markup, the first of each row names it. */
export function table(label: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const top = head.map((cell) => `<th scope="col">${cell}</th>`).join('');
  const body = rows.map(([first = '', ...rest]) => {
    return `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table><thead><tr>${top}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
