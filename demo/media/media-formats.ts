// Formats that people have and browsers do not open, known by how a file begins, or by its name where that says nothing.

export type KnownFormat = 'heic' | 'avi' | 'wmv' | 'flv' | 'pdf' | 'tiff';

const asMp4 = 'Save it as MP4 (H.264) with a video editor or HandBrake, and choose that file.';

export const knownFormats: Readonly<
  Record<
    KnownFormat,
    { readonly name: string; readonly kind: 'picture' | 'video' | null; readonly help: readonly string[] }
  >
> = {
  heic: {
    name: 'HEIC',
    kind: 'picture',
    help: [
      'iPhones keep photos in it. Export the photo as JPEG: on a Mac in Photos or Preview, in Windows in Photos with “Save as”.',
      'On the iPhone: Settings, Camera, Formats, “Most Compatible” makes JPEGs of new photos. Safari opens HEIC as it is.',
    ],
  },
  tiff: { name: 'TIFF', kind: 'picture', help: ['Save it as PNG or JPEG, and choose that file.'] },
  avi: { name: 'AVI', kind: 'video', help: [asMp4] },
  wmv: { name: 'WMV', kind: 'video', help: [asMp4] },
  flv: { name: 'FLV', kind: 'video', help: [asMp4] },
  pdf: { name: 'a PDF document', kind: null, help: [] },
};

const names: readonly (readonly [RegExp, KnownFormat])[] = [
  [/\.hei[cf]s?$/i, 'heic'],
  [/\.avi$/i, 'avi'],
  [/\.(wmv|asf)$/i, 'wmv'],
  [/\.flv$/i, 'flv'],
  [/\.pdf$/i, 'pdf'],
  [/\.tiff?$/i, 'tiff'],
];

/** Brands of HEIF files whose pictures are coded with HEVC; AVIF is another matter. */
const heicBrands = /^(hei[cxms]|hev[cxms])/;

function contentFormat(head: string): KnownFormat | null {
  const brands = [head.slice(8, 12), ...(head.slice(16).match(/.{4}/gs) ?? [])];
  // A HEIF file of the general brand says below it how its pictures are coded.
  if (head.slice(4, 8) === 'ftyp')
    return heicBrands.test(head.slice(8)) || (/^mif1|^msf1/.test(head.slice(8)) && brands.some(isHeic))
      ? 'heic'
      : null;
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'AVI ') return 'avi';
  if (head.startsWith('\x30\x26\xb2\x75\x8e\x66\xcf\x11')) return 'wmv';
  if (head.startsWith('FLV\x01')) return 'flv';
  if (head.startsWith('%PDF-')) return 'pdf';
  return head.startsWith('II*\0') || head.startsWith('MM\0*') ? 'tiff' : null;
}

const isHeic = (brand: string) => heicBrands.test(brand);

/** Formats that browsers open, whatever the file is called. */
const known = /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|BM|.E\xdf\xa3|....ftyp)/s;

/** The format of a file that needs advice; null for all others. The content counts more than the name. */
export async function formatOf(file: File): Promise<KnownFormat | null> {
  const bytes = new Uint8Array(await file.slice(0, 40).arrayBuffer());
  const head = String.fromCharCode(...bytes);
  const format = contentFormat(head);
  if (format || known.test(head)) return format;
  return names.find(([pattern]) => pattern.test(file.name))?.[1] ?? null;
}

/** Of a GIF so much is looked at. */
const mostGifBytes = 1 << 22;

/** Whether a picture moves: a GIF, WebP or PNG with more than its first frame, as far as its beginning tells. */
export async function isAnimated(file: File): Promise<boolean> {
  const text = async (bytes: number) => {
    const read = new Uint8Array(await file.slice(0, bytes).arrayBuffer());
    return new TextDecoder('latin1').decode(read);
  };
  const head = await text(4096);
  if (head.startsWith('GIF8')) {
    if (head.includes('NETSCAPE2.0') || head.includes('ANIMEXTS1.0')) return true;
    // One that plays once says so nowhere; but a second frame has a delay of its own.
    const behindMarks = (await text(mostGifBytes)).split('!\xf9\x04').slice(1);
    const delays = behindMarks.filter((bytes) => bytes[4] === '\0' && (bytes[5] === '!' || bytes[5] === ','));
    return delays.length > 1;
  }
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return head.slice(0, 64).includes('ANIM');
  return head.startsWith('\x89PNG') && head.includes('acTL');
}
