// What a string names where a picture or a video is expected: in Node, a path unless it is a URL.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PortableFile } from './media-types.ts';

export function locate(text: string): PortableFile {
  if (text === '') throw new TypeError('A string must be a path or a URL here, got "".');
  if (/^file:/i.test(text)) return { kind: 'path', path: fileURLToPath(text) };
  // One letter before the colon is a Windows drive.
  if (/^(https?|data|blob):/i.test(text)) return { kind: 'url', url: text };
  return { kind: 'path', path: resolve(text) };
}
