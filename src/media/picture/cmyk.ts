// Printing colours to those of a screen, without a colour profile: as browsers show a picture that is not converted.

/** `data` has four bytes a pixel, 255 for full ink. */
export function rgbOfCmyk(data: Uint8Array): Uint8Array {
  const pixels = data.length / 4;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - (data[4 * i + 3] ?? 0);
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = Math.floor(((255 - (data[4 * i + c] ?? 0)) * light) / 255);
  }
  return rgb;
}
