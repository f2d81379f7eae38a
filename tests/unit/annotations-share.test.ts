import { describe, expect, test } from 'vitest';
import { openShared, shareAnnotations } from '../../src/annotations/annotations.ts';
import type { AnnotationDocument } from '../../src/annotations/document/document.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { clipMedia, picturesMedia, RandomAnnotations } from './annotations-support.ts';

const bytes = (length: number, factor: number) =>
  Uint8Array.from({ length }, (_, i) => (i * factor + (i >> 8)) % 256);
const pictures = [
  new Blob([bytes(1000, 7)], { type: 'image/png' }),
  new Blob([bytes(900_000, 13)], { type: 'image/jpeg' }),
];
const clip = [new Blob([bytes(5000, 3)], { type: 'video/mp4' })];

async function refusal(document: AnnotationDocument, change: (html: string) => string): Promise<string> {
  const html = change(await (await shareAnnotations(document, clip)).text());
  const error: unknown = await openShared(new Blob([html])).catch((cause: unknown) => cause);
  if (!(error instanceof Molmo2Error) || error.code !== 'bad-annotations') throw error;
  return error.message;
}

describe('a share file', () => {
  test.each([
    ['pictures', picturesMedia, pictures],
    ['a video', clipMedia, clip],
  ] as const)('of %s gives the document and the bytes back', async (_, media, files) => {
    const document = new RandomAnnotations(11).document(media, 20);
    const shared = await shareAnnotations(document, files);
    expect(shared.type).toBe('text/html');
    const back = await openShared(shared);
    expect(back.document).toEqual(document);
    expect(back.files.map(({ name }) => name)).toEqual(media.files.map(({ name }) => name));
    for (const [i, file] of back.files.entries()) {
      expect(file.type).toBe(files[i]!.type);
      expect(Buffer.compare(Buffer.from(await file.arrayBuffer()), Buffer.from(await files[i]!.arrayBuffer()))).toBe(0); // prettier-ignore
    }
  });

  test('lets no label, name or question end its script or add markup', async () => {
    const evil = '</script><script>alert(1)</script><img src=x onerror=alert(1)>';
    const base = new RandomAnnotations(2).document(clipMedia, 3);
    const document: AnnotationDocument = {
      media: { ...clipMedia, files: [{ ...clipMedia.files[0]!, name: evil }] },
      asked: [{ prompt: evil, text: evil }],
      objects: base.objects.map((object) => ({ ...object, label: evil })),
    };
    const html = await (await shareAnnotations(document, clip)).text();
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain('<img');
    expect((await openShared(new Blob([html]))).document).toEqual(document);
  });

  test('refuses what is damaged, and files that are none', async () => {
    const document = new RandomAnnotations(3).document(clipMedia, 8);
    const read = (text: string) => refusal(document, () => text);
    expect(await read('<!doctype html><p>Hello')).toContain('holds no shared annotations');
    expect(await refusal(document, (html) => html.slice(0, 3000))).toContain('holds no shared annotations');
    expect(await refusal(document, (html) => html.replace('"version":1', '"version":3'))).toContain(
      'this release reads version 1',
    );
    expect(await refusal(document, (html) => html.replace('"data":["', '"data":["*'))).toContain(
      'key "files.0.data.0": this is no Base64',
    );
    expect(await refusal(document, (html) => html.replace('video/mp4', 'text/html'))).toContain(
      'files.0.type',
    );
    expect(await refusal(document, (html) => html.replace('"x":', '"x":null,"z":'))).toContain('.x"');
  });

  test('is not written without its media, or with too many of them', async () => {
    const document = new RandomAnnotations(3).document(picturesMedia, 4);
    await expect(shareAnnotations(document, clip)).rejects.toThrow('1 files were given, 2 are needed');
    const huge = { size: 2e8, type: 'image/png' } as Blob;
    await expect(shareAnnotations(document, [huge, huge])).rejects.toThrow('400000000 bytes');
  });
});
