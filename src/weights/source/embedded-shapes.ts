// The files of the embedded model, found relative to this module so that bundlers pick them up as assets.

const files: Readonly<Record<string, URL>> = {
  'config.json': new URL('../../../models/shapes/config.json', import.meta.url),
  'generation_config.json': new URL('../../../models/shapes/generation_config.json', import.meta.url),
  'model.safetensors': new URL('../../../models/shapes/model.safetensors', import.meta.url),
  'preprocessor_config.json': new URL('../../../models/shapes/preprocessor_config.json', import.meta.url),
  'processor_config.json': new URL('../../../models/shapes/processor_config.json', import.meta.url),
  'tokenizer.json': new URL('../../../models/shapes/tokenizer.json', import.meta.url),
  'tokenizer_config.json': new URL('../../../models/shapes/tokenizer_config.json', import.meta.url),
  'video_preprocessor_config.json': new URL(
    '../../../models/shapes/video_preprocessor_config.json',
    import.meta.url,
  ),
};

/** Absolute address of every file of `shapes`, by its name in the folder. */
export function embeddedShapes(): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, url]) => [name, url.href]));
}
