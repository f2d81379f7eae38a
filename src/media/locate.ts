// What a string names where a picture or a video is expected: in a page, a URL relative to the document.

import type { PortableFile } from './media-types.ts';

export function locate(text: string): PortableFile {
  const base = typeof document === 'undefined' ? self.location.href : document.baseURI;
  if (text === '' || !URL.canParse(text, base))
    throw new TypeError(`A string must be a URL here, got ${JSON.stringify(text.slice(0, 80))}.`);
  return { kind: 'url', url: new URL(text, base).href };
}
