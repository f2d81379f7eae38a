// Where the weights of the embedded model lie: found relative to this module, so that bundlers pick them up as an asset.

/** Address of each file of `shapes` that is a file of its own; embedded-files.ts has the others as text. */
export function embeddedShapes(): Record<string, string> {
  return {
    'model.safetensors': new URL('../../../models/shapes/model.safetensors', import.meta.url).href,
  };
}
