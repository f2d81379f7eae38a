// A page that has the door at hand and does what a test tells it: nothing else would be in the way.

import * as door from '../../src/index.ts';

declare global {
  var molmo2: typeof door;
  /** The model that the test loaded. */
  var molmo: door.Molmo2;
}

globalThis.molmo2 = door;
