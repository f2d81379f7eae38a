// Subtitle files (WebVTT and SubRip) to the text that the model was trained with.

import type { AskInput } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import { formatSeconds } from './format-seconds.ts';

/** One subtitle: when it is shown, in seconds of the video, and its words on one line. */
export interface Cue {
  readonly startSec: number;
  readonly endSec: number;
  readonly text: string;
}

// Hours are optional, and the fraction follows a dot (WebVTT) or a comma (SubRip). Settings may follow the second time.
const timing =
  /^\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?:\s|$)/;

function seconds(parts: readonly (string | undefined)[]): number {
  const [hours = '0', minutes = '0', secs = '0', fraction = '0'] = parts;
  // Whole milliseconds first: 3599.999 stays the double nearest to it.
  const wholeMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(secs)) * 1000;
  return (wholeMs + Number(fraction.padEnd(3, '0'))) / 1000;
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  lrm: '',
  rlm: '',
};

function entity(whole: string, name: string): string {
  if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole;
  const hex = name[1]?.toLowerCase() === 'x';
  const code = hex ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

/** The words of a cue: markup removed, entities read, lines joined with one blank. */
export function cueWords(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) =>
      line
        .replace(/<\/?(?:[a-z][^<>]*|\d[\d:.,]*)?>/gi, '') // <b>, <c.loud>, <v Ann>, <00:00:01.000>, </i>
        .replace(/\{\\[^{}]*\}/g, '') // {\an8}, a habit of SubRip files
        .replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, entity)
        .trim(),
    )
    .filter((line) => line !== '')
    .join(' ');
}

/**
 * The lines of a cue: up to an empty line, or to the next cue (without its counter) where the empty line is missing. A
 * line of blanks is not empty: automatic captions begin with one. In SubRip files an empty line may stand before the
 * words as well.
 */
function cueLines(lines: readonly string[], from: number, isWebVtt: boolean): string[] {
  const isTiming = (line: string | undefined) => line !== undefined && timing.test(line);
  let end = from;
  if (!isWebVtt) while (end < lines.length && lines[end]?.trim() === '') end++;
  while (lines[end] && !isTiming(lines[end])) end++;
  if (isTiming(lines[end]) && end > from && /^\s*\d+\s*$/.test(lines[end - 1] ?? '')) end--;
  return lines.slice(from, end);
}

/**
 * Reads a .vtt or .srt file. Blocks without a timing line (headers, NOTE, STYLE, REGION) and cues without words are
 * skipped. Throws `bad-request` when the text holds no cue at all and is no WebVTT file either.
 */
export function parseSubtitles(text: string): Cue[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  const cues: Cue[] = [];
  const isWebVtt = /^WEBVTT(?:[ \t]|$)/.test(lines[0] ?? '');
  let found = isWebVtt;
  for (let i = 0; i < lines.length; i++) {
    const match = timing.exec(lines[i] ?? '');
    if (!match) continue;
    found = true;
    const words = cueLines(lines, i + 1, isWebVtt);
    i += words.length;
    const cue = {
      startSec: seconds(match.slice(1, 5)),
      endSec: seconds(match.slice(5, 9)),
      text: cueWords(words.join('\n')),
    };
    if (cue.text !== '' && cue.endSec >= cue.startSec) cues.push(cue);
  }
  if (!found)
    throw new Molmo2Error(
      'bad-request',
      `The subtitles (${text.length} characters) hold no line such as "00:00:01.000 --> 00:00:02.500". ` +
        'Give the text of a WebVTT (.vtt) or SubRip (.srt) file.',
    );
  return cues;
}

/** The cues of subtitles in any spelling; null without. Throws TypeError for a track that has none, else as `parseSubtitles`. */
export async function subtitleCues(subtitles: AskInput['subtitles']): Promise<readonly Cue[] | null> {
  if (subtitles === undefined) return null;
  if (typeof subtitles === 'string') return parseSubtitles(subtitles);
  if (subtitles instanceof Blob) return parseSubtitles(await subtitles.text());
  const list = [...(subtitles.cues ?? [])];
  if (list.length === 0)
    throw new TypeError(
      '"subtitles" is a text track without cues; set its mode to "hidden" and wait until it is loaded.',
    );
  return list.map((cue) => ({
    startSec: cue.startTime,
    endSec: cue.endTime,
    text: 'text' in cue ? cueWords(String(cue.text)) : '',
  }));
}

/** How far, in seconds, a cue may lie from the nearest sampled frame. */
const reachSec = 1;

/**
 * The subtitle message in the format of training: only cues within one second of a sampled frame, one per line. Empty
 * when none is left. `timestamps` are ascending and on the same clock as the cues.
 */
export function subtitleText(cues: readonly Cue[], timestamps: readonly number[]): string {
  const kept = cues.filter((cue) =>
    timestamps.some((sec) => sec >= cue.startSec - reachSec && sec <= cue.endSec + reachSec),
  );
  if (kept.length === 0) return '';
  const lines = kept.map(
    (cue) => `${formatSeconds(cue.startSec)} - ${formatSeconds(cue.endSec)} ${cue.text}\n`,
  );
  return `subtitle\n${lines.join('')}`;
}
