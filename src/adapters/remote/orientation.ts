// How a picture is turned by what its camera wrote beside the pixels (EXIF). Servers read that in different ways, or not at all.

/** Where the EXIF of a JPEG begins: in its second kind of application segment, before the picture itself. */
function exifOfJpeg(view: DataView): number | null {
  for (let at = 2; at + 10 < view.byteLength && view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) return null;
    if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966) return at + 10; // "Exif", two zeros
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** In a PNG: the chunk eXIf, wherever it stands. */
function exifOfPng(view: DataView): number | null {
  for (let at = 8; at + 12 < view.byteLength; at += 12 + view.getUint32(at))
    if (view.getUint32(at + 4) === 0x65584966) return at + 8;
  return null;
}

/** In a WebP: the chunk EXIF, which may begin as in a JPEG. */
function exifOfWebp(view: DataView): number | null {
  for (let at = 12; at + 14 < view.byteLength;) {
    const size = view.getUint32(at + 4, true);
    if (view.getUint32(at) === 0x45584946) return view.getUint32(at + 8) === 0x45786966 ? at + 14 : at + 8;
    at += 8 + size + (size % 2);
  }
  return null;
}

const orientationTag = 0x0112;

/** 1 (as it is stored) to 8, which nothing but a damaged file exceeds; 1 where nothing is said. */
export function orientationOf(bytes: Uint8Array, type: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const find = { jpeg: exifOfJpeg, png: exifOfPng, webp: exifOfWebp }[type];
    const exif = find?.(view) ?? null;
    if (exif === null) return 1;
    const little = view.getUint16(exif) === 0x4949;
    const directory = exif + view.getUint32(exif + 4, little);
    const entries = view.getUint16(directory, little);
    for (let i = 0, at = directory + 2; i < entries; i++, at += 12)
      if (view.getUint16(at, little) === orientationTag) return view.getUint16(at + 8, little);
    return 1;
  } catch (error) {
    if (error instanceof RangeError) return 1; // it is cut off, and so nobody can read it
    throw error;
  }
}
