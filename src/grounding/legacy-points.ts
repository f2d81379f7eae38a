// Older ways of writing points and tracks, which the models' training data still holds here and there. Coordinates are
// percent of the picture unless said otherwise. Every pattern begins with a fixed character or a single digit, so that
// long runs of digits or blanks cost linear time.

import type { WrittenPoint } from './coordinates.ts';

function written(x: string | undefined, y: string | undefined, scale: 1000 | 100): WrittenPoint {
  return { key: Number.NaN, id: null, x: Number(x), y: Number(y), scale };
}

/** All matches of a pattern with the groups x and y; pairs beyond the scale are no points. */
function matches(text: string, pattern: RegExp, scale: 1000 | 100): WrittenPoint[] {
  return Array.from(text.matchAll(pattern), (match) => written(match[1], match[2], scale)).filter(
    (point) => Math.max(point.x, point.y) <= scale,
  );
}

const click = (text: string) => matches(text, /Click\((\d+\.\d), ?(\d+\.\d)\)/g, 100);
const bareThousandths = (text: string) => matches(text, /\d (\d{3}) (\d{3})(?!\d)/g, 1000);
const barePercent = (text: string) => matches(text, /\d (\d+\.\d) (\d+\.\d)(?!\d)/g, 100);
const bracketed = (text: string) => matches(text, /\((\d+\.\d),? ?(\d+\.\d)\)/g, 100);
const attributes = (text: string) =>
  matches(text, /x\d*="\s*(\d+(?:\.\d+)?)"\s+y\d*="\s*(\d+(?:\.\d+)?)"/g, 100);
const assigned = (text: string) => matches(text, /[\dp]\s*=\s*(\d{3})\s*,\s*(\d{3})(?!\d)/g, 1000);

/**
 * `Click(12.5, 30.0)` as an answer writes it: `button.Click(12.5, 30.0)` is a call in a program. Bare numbers and
 * brackets also stand in ordinary sentences ("I count 3 100 200 items"), so this is the only older form without a tag
 * that is read while an answer is shown.
 */
export const clickPoints = (text: string): WrittenPoint[] =>
  matches(text, /(?<![\w.$])Click\((\d+\.\d), ?(\d+\.\d)\)/g, 100);

/**
 * Points of a single picture: the first of `Click(12.5, 30.0)`, `3 100 200` (thousandths) and `3 10.0 20.0` that yields
 * any; otherwise `(12.5, 30.0)`, `x="10" y="20"` and `p=123, 456` (thousandths) together. `inTags` are the places that
 * `<point x="10" y="20">` says in any spelling: the published form has one.
 */
export function legacyImagePoints(text: string, inTags: readonly WrittenPoint[]): WrittenPoint[] {
  for (const form of [click, bareThousandths, barePercent]) {
    const points = form(text);
    if (points.length > 0) return points;
  }
  const isSame = (a: WrittenPoint) => (b: WrittenPoint) => a.x === b.x && a.y === b.y;
  const published = attributes(text);
  const missing = inTags.filter((point) => !published.some(isSame(point)));
  const elsewhere = published.filter((point) => !inTags.some(isSame(point)));
  const withTags = missing.length === 0 ? published : [...inTags, ...elsewhere];
  return [...bracketed(text), ...withTags, ...assigned(text)];
}

const isNumber = (word: string) => /^\d+(?:\.\d+)?$/.test(word);

/**
 * Points of a video or of several pictures in blocks `<points KEY counter x y counter x y/>`; the counters are ignored.
 * One malformed block makes the whole result empty, as in the reference.
 */
export function legacyBlockPoints(text: string): WrittenPoint[] {
  const points: WrittenPoint[] = [];
  const start = /<points(?=\s)/g;
  const stop = /[/>]/g;
  let end = -1;
  for (let match = start.exec(text); match; match = start.exec(text)) {
    if (end < start.lastIndex) {
      stop.lastIndex = start.lastIndex;
      end = stop.exec(text)?.index ?? text.length;
    }
    if (!text.startsWith('/>', end)) continue;
    const [key, ...words] = text.slice(start.lastIndex, end).trim().split(/\s+/);
    if (key === undefined || !isNumber(key) || words.length % 3 !== 0 || !words.every(isNumber)) return [];
    for (let i = 0; i < words.length; i += 3) {
      const point = { ...written(words[i + 1], words[i + 2], 100), key: Number(key) };
      if (Math.max(point.x, point.y) <= 100) points.push(point);
    }
    start.lastIndex = end;
  }
  return points;
}

/** Tracks as lines `time 0.50` with `{0: [34.0, 63.0], 1: [72.0, 49.0]}` below; `key` is the time, ids are as written. */
export function legacyTrackPoints(text: string): WrittenPoint[] {
  const frames = text.matchAll(/time (\d+(?:\.\d+)?)[ \t]*\r?\n[ \t]*\{([^{}]*)\}/g);
  return Array.from(frames).flatMap(([, time, body = '']) =>
    Array.from(
      body.matchAll(/(?<!\d)(\d+)\s*:\s*\[\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*\]/g),
      ([, id, x, y]) => ({ ...written(x, y, 100), key: Number(time), id: Number(id) }),
    ).filter((point) => Math.max(point.x, point.y) <= 100),
  );
}
