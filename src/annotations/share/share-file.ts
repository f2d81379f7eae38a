// A document with its media in one file: an HTML page that shows them by itself, with no model and no network, and that can be read
// again. The data are JSON in it; media are Base64 in pieces, so that no piece is too long for a browser's converter.

import * as v from 'valibot';
import { colorOf } from '../../overlay/marks/palette.ts';
import type { AnnotationDocument } from '../document/document.ts';
import { refuseFile, refuseToWrite } from '../formats/fault.ts';
import { checked, parsedJson, plainJson, text } from '../formats/json-text.ts';
import { checkedDocument, fileValue } from '../formats/own-json.ts';
import { xml } from '../formats/xml-text.ts';
import { viewShared } from './viewer.ts';

const id = 'molmo2-share';
const start = `<script type="application/json" id="${id}">`;

/** Bytes of media in a file that browsers still open. */
const mostBytes = 200_000_000;
/** A multiple of three, so that pieces can be joined. */
const pieceBytes = 3 * 2 ** 18;
const holdSec = 0.25;

const css = `body{margin:0;background:#14181d;color:#f2f4f6;font:16px/1.5 system-ui,sans-serif}
main{display:flex;flex-wrap:wrap;gap:1rem;justify-content:center;padding:1rem}header,footer{padding:0 1rem}
figure{position:relative;margin:0;max-width:100%}img,video{display:block;max-width:100%;max-height:80vh}
svg{position:absolute;inset:0;width:100%;height:100%;pointer-events:none}circle{pointer-events:auto}`;

function base64(bytes: Uint8Array): string {
  let signs = '';
  for (let i = 0; i < bytes.length; i += 0x8000)
    signs += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(signs);
}

async function pieces(file: Blob): Promise<string[]> {
  const parts: string[] = [];
  for (let at = 0; at < file.size; at += pieceBytes)
    parts.push(base64(new Uint8Array(await file.slice(at, at + pieceBytes).arrayBuffer())));
  return parts;
}

/** `files` are the pictures, or the video. Throws `bad-annotations` where one is missing or all are too large for one file. */
export async function sharedFile(document: AnnotationDocument, files: readonly Blob[]): Promise<Blob> {
  const { media, asked, objects } = document;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length !== media.files.length)
    refuseToWrite('a share file', `${files.length} files were given, ${media.files.length} are needed`);
  if (bytes > mostBytes)
    refuseToWrite('a share file', `its media have ${bytes} bytes, more than ${mostBytes}`);
  const contents = await Promise.all(files.map(pieces));
  const data = {
    format: id,
    version: 1,
    annotations: fileValue(document),
    colors: objects.map((object) => object.color ?? colorOf(object.id)),
    holdSec,
    files: files.map(({ type }, i) => ({ name: media.files[i]?.name ?? '', type, data: contents[i] ?? [] })),
  };
  const questions = asked.filter(({ prompt }) => prompt !== '').map(({ prompt }) => `<p>${xml(prompt)}</p>`);
  const title = xml(media.files.map(({ name }) => name).join(', '));
  return new Blob(
    [
      `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
      `<title>${title}</title><style>${css}</style></head>\n<body><header><h1>${title}</h1>${questions.join('')}</header><main></main>`,
      `<footer><p>Points and tracks of molmo2-webgpu. Its page opens this file, too, to go on with it.</p></footer>\n`,
      start,
      plainJson(data),
      `</script>\n<script>(${viewShared.toString()})(${JSON.stringify(id)});</script>\n</body></html>\n`,
    ],
    { type: 'text/html' },
  );
}

const schema = v.object({
  format: v.literal(id),
  version: v.literal(1, 'this release reads version 1'),
  annotations: v.unknown(),
  files: v.array(
    v.object({
      name: text,
      type: v.pipe(text, v.regex(/^((image|video)\/[\w.+-]+)?$/, 'must be a type of pictures or videos')),
      data: v.array(text),
    }),
  ),
});

function decoded(piece: string, where: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(piece), (sign) => sign.charCodeAt(0));
  } catch {
    return refuseFile(where, 'this is no Base64');
  }
}

/** The document and the media of a share file. Nothing of the file is run or shown as HTML. Throws `bad-annotations`. */
export async function readSharedFile(
  file: Blob,
): Promise<{ readonly document: AnnotationDocument; readonly files: readonly File[] }> {
  if (file.size > mostBytes * 1.5)
    refuseFile('the whole file', `${file.size} bytes are more than a share file may have`);
  const content = await file.text();
  const from = content.indexOf(start);
  const until = content.indexOf('</script>', from);
  if (from < 0 || until < 0) return refuseFile('the whole file', 'this page holds no shared annotations');
  const data = checked(schema, parsedJson(content.slice(from + start.length, until), 'the shared data'));
  const document = checkedDocument(data.annotations);
  if (data.files.length !== document.media.files.length)
    refuseFile(
      'key "files"',
      `${data.files.length} files, but the annotations are about ${document.media.files.length}`,
    );
  const files = data.files.map(({ name, type, data: parts }, i) => {
    const bytes = parts.map((piece, at) => decoded(piece, `key "files.${i}.data.${at}"`));
    return new File(bytes, name, { type });
  });
  return { document, files };
}
