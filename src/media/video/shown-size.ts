// The size and orientation in which a player shows a track.

import type { InputVideoTrack } from 'mediabunny';
import type { Orientation } from '../picture/orient.ts';
import { orientationOf } from '../ffmpeg/display-matrix.ts';

export interface ShownSize {
  /** Pixels after rotation, stretched to square pixels. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}

/** How much wider than high the matrix makes pixels; a container's own ratio does not count beside it. */
function matrixAspect([a = 1, b = 0, , c = 0, d = 1]: readonly number[]): number {
  const [across, down] = [Math.hypot(a, c), Math.hypot(b, d)];
  const aspect = across > 0 && down > 0 ? across / down : 1;
  return Math.abs(across - down) > 0.01 ? aspect : 1;
}

export async function shownSize(track: InputVideoTrack): Promise<ShownSize> {
  const matrix = await track.getTransformationMatrix();
  const orientation = orientationOf(matrix.map((value) => Math.round(value * 65536)));
  let [width, height] = [await track.getSquarePixelWidth(), await track.getSquarePixelHeight()];
  const aspect = matrixAspect(matrix);
  if (aspect !== 1) {
    const [codedWidth, codedHeight] = [await track.getCodedWidth(), await track.getCodedHeight()];
    width = aspect > 1 ? Math.round(codedWidth * aspect) : codedWidth;
    height = aspect > 1 ? codedHeight : Math.round(codedHeight / aspect);
  }
  return orientation.rotation % 180 === 90
    ? { width: height, height: width, orientation }
    : { width, height, orientation };
}
