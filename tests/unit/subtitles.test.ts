import { describe, expect, test } from 'vitest';
import { parseSubtitles, subtitleText } from '../../src/text/subtitles.ts';

const cue = (startSec: number, endSec: number, text: string) => ({ startSec, endSec, text });

describe('subtitle files', () => {
  test('a WebVTT file with everything in it', () => {
    const vtt = [
      '\uFEFFWEBVTT - a title',
      'Kind: captions',
      '',
      'NOTE a comment',
      'over two lines',
      '',
      'STYLE',
      '::cue { color: red }',
      '',
      'intro',
      '00:01.500 --> 00:03.000 align:start position:10%',
      '<v Ann>Hello <b>there</b>,',
      '  <c.loud.red>you</c> &amp; me &lt;3 <00:00:02.000><i>now</i>',
      '',
      '1:00:00.250 --> 1:00:02.000',
      'An&nbsp;hour &#39;later&#x27; &unknown;',
      '',
      '00:05.000 --> 00:06.000',
      '<i></i>',
    ].join('\r\n');
    expect(parseSubtitles(vtt)).toEqual([
      cue(1.5, 3, 'Hello there, you & me <3 now'),
      cue(3600.25, 3602, "An hour 'later' &unknown;"),
    ]);
  });

  test('a SubRip file with counters, commas and its own habits', () => {
    const srt =
      '1\n00:00:00,000 --> 00:00:01,040\n{\\an8}<font color="#fff">One</font>\ntwo\n\n2\n00:00:59,999 --> 00:01:00,5\nThree\n\n\n';
    expect(parseSubtitles(srt)).toEqual([cue(0, 1.04, 'One two'), cue(59.999, 60.5, 'Three')]);
  });

  test('cues may follow each other without an empty line, counters or not', () => {
    const text =
      '1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:02,000 --> 00:00:03,000\nTwo 2\n00:03.000 --> 00:04.000\n3';
    expect(parseSubtitles(text)).toEqual([cue(1, 2, 'One'), cue(2, 3, 'Two 2'), cue(3, 4, '3')]);
  });

  test('a line of blanks is no end of a cue: automatic captions begin with one', () => {
    const vtt = [
      'WEBVTT',
      'Kind: captions',
      'Language: en',
      '',
      '00:00:01.000 --> 00:00:03.000 align:start position:0%',
      ' ',
      'hello<00:00:01.500><c> there</c>',
      '',
      '00:00:03.000 --> 00:00:03.010 align:start position:0%',
      'hello there',
      ' ',
      '',
      '00:00:03.010 --> 00:00:05.000 align:start position:0%',
      'hello there',
      'general<00:00:04.000><c> Kenobi</c>',
      '',
    ];
    const cues = [
      cue(1, 3, 'hello there'),
      cue(3, 3.01, 'hello there'),
      cue(3.01, 5, 'hello there general Kenobi'),
    ];
    for (const end of ['\n', '\r\n', '\r']) expect(parseSubtitles(vtt.join(end))).toEqual(cues);
  });

  test.each([
    ['a tab', '\t\nOne\ntwo'],
    ['a no-break blank', '\u00a0\nOne\ntwo'],
    ['between two lines', 'One\n  \ntwo'],
    ['at the end', 'One\ntwo\n \n '],
  ])('a line of blanks in a cue: %s', (_, words) => {
    expect(
      parseSubtitles(`WEBVTT\n\n00:01.000 --> 00:02.000\n${words}\n\n00:03.000 --> 00:04.000\nThree`),
    ).toEqual([cue(1, 2, 'One two'), cue(3, 4, 'Three')]);
    expect(
      parseSubtitles(
        `1\n00:00:01,000 --> 00:00:02,000\n${words}\n \n2\n00:00:03,000 --> 00:00:04,000\nThree`,
      ),
    ).toEqual([cue(1, 2, 'One two'), cue(3, 4, 'Three')]);
  });

  test('an empty line before the words ends a WebVTT cue, and not a SubRip one', () => {
    const lines =
      '00:00:01.000 --> 00:00:02.000\n\nOne\n\n2\n00:00:03.000 --> 00:00:04.000\n\n3\n00:00:05.000 --> 00:00:06.000\nFive';
    expect(parseSubtitles(`WEBVTT\n\n${lines}`)).toEqual([cue(5, 6, 'Five')]);
    expect(parseSubtitles(`1\n${lines}`)).toEqual([cue(1, 2, 'One'), cue(5, 6, 'Five')]);
  });

  test('old line ends and angle brackets that are no tags', () => {
    expect(parseSubtitles('00:01.000 --> 00:02.000\r1 < 2 and 3 > 2\r')).toEqual([
      cue(1, 2, '1 < 2 and 3 > 2'),
    ]);
  });

  test('a WebVTT file without cues is empty, not wrong', () => {
    expect(parseSubtitles('WEBVTT\n\nNOTE nothing yet\n')).toEqual([]);
  });

  test.each([[''], ['Just some words.'], ['{"cues": []}'], ['00:01 -> 00:02\nno']])(
    '%j is refused',
    (text) => {
      const parse = () => parseSubtitles(text);
      expect(parse).toThrow(expect.objectContaining({ code: 'bad-request' }));
      expect(parse).toThrow(/-->.*\.vtt.*\.srt/);
    },
  );

  test('200 KB of hostile text takes no time', () => {
    for (const text of [
      '<'.repeat(2e5),
      '<a '.repeat(7e4),
      '{\\'.repeat(1e5),
      '&#'.repeat(1e5),
      '1'.repeat(2e5),
    ]) {
      const started = performance.now();
      parseSubtitles(`00:01.000 --> 00:02.000\n${text}`);
      expect(performance.now() - started).toBeLessThan(200);
    }
  });
});

describe('the subtitle message', () => {
  const cues = [cue(0, 1, 'early'), cue(5.25, 6, 'middle'), cue(20, 21, 'late')];

  test('has a line per cue, in the format of training', () => {
    expect(subtitleText(cues, [0, 5, 20.5])).toBe(
      'subtitle\n0.0 - 1.0 early\n5.2 - 6.0 middle\n20.0 - 21.0 late\n',
    );
  });

  test('keeps only what is within a second of a sampled frame', () => {
    expect(subtitleText(cues, [2])).toBe('subtitle\n0.0 - 1.0 early\n');
    expect(subtitleText(cues, [4.25, 22.01])).toBe('subtitle\n5.2 - 6.0 middle\n');
  });

  test('is empty when nothing is left', () => {
    expect(subtitleText(cues, [10])).toBe('');
    expect(subtitleText([], [0])).toBe('');
  });
});
