// JSON of any shape as a regular expression, for requests that want JSON without saying which. Nesting has an end, because a
// regular expression cannot count.

const blank = String.raw`[ \n]{0,2}`;
const string = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\\/bfnrt]|u[0-9a-fA-F]{4}))*"`;
const number = String.raw`-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?`;
const scalar = `${string}|${number}|true|false|null`;

const list = (open: string, item: string, close: string) =>
  `${open}${blank}(?:${item}${blank}(?:,${blank}${item}${blank})*)?${close}`;

function object(depth: number): string {
  return list(String.raw`\{`, `${string}${blank}:${blank}${value(depth - 1)}`, String.raw`\}`);
}

function value(depth: number): string {
  if (depth === 0) return `(?:${scalar})`;
  return `(?:${scalar}|${object(depth)}|${list(String.raw`\[`, value(depth - 1), String.raw`\]`)})`;
}

/** A JSON object with values nested up to two levels below its own. */
export const anyJsonObject = new RegExp(object(3), 'u');
