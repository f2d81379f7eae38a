// Decodes the picture it is sent and answers how many pixels are wrong.

import { decodeImage } from '../../src/media/picture/decode-image.ts';
import { wrongTransparentPixels } from '../picture-fixtures.ts';

self.onmessage = (event: MessageEvent<Blob>) => {
  void decodeImage({ kind: 'blob', blob: event.data }, 'image 1').then((picture) =>
    self.postMessage({ wrong: wrongTransparentPixels(picture) }),
  );
};
