// A judge's answers in a file of JSON lines, in Node: {"key": "...", "text": "..."}. It holds no key of the endpoint.

import { appendFile, readFile } from 'node:fs/promises';
import { Molmo2Error } from '../../src/errors.ts';
import type { JudgeCache } from './judge-cache.ts';

function lineOf(text: string): { key: string; text: string } | null {
  try {
    const value = JSON.parse(text) as Partial<Record<'key' | 'text', unknown>> | null;
    return typeof value?.key === 'string' && typeof value.text === 'string'
      ? { key: value.key, text: value.text }
      : null;
  } catch {
    return null;
  }
}

/** Whether a line may be the beginning of one of ours, which a run that was killed left. */
function isCutLine(text: string): boolean {
  const beginning = '{"key":"';
  return beginning.startsWith(text.slice(0, beginning.length));
}

/**
 * Reads `path`, if there is such a file, and adds each new answer to its end. A line that was cut is asked for again.
 * @throws Molmo2Error `bad-dataset` where another line is not of this form, so that no other file is written into.
 */
export async function fileCache(path: string): Promise<JudgeCache> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = content.split('\n');
  const texts = new Map<string, string>();
  lines.forEach((text, i) => {
    const line = lineOf(text);
    if (line) texts.set(line.key, line.text);
    else if (!isCutLine(text))
      throw new Molmo2Error(
        'bad-dataset',
        `Line ${i + 1} of ${path} is no answer of a judge. Name another file, or delete this one.`,
      );
  });
  // A half line must not swallow the next one.
  let separator = (lines.at(-1) ?? '') === '' ? '' : '\n';
  return {
    get: (key) => Promise.resolve(texts.get(key) ?? null),
    set: async (key, text) => {
      texts.set(key, text);
      const line = `${separator}${JSON.stringify({ key, text })}\n`;
      separator = '';
      await appendFile(path, line);
    },
  };
}
