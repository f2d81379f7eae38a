// The one error class users catch, its codes, and the check for our own mistakes.

/** What went wrong, as a short stable word; it survives the worker boundary and suits a `switch`. */
export type Molmo2ErrorCode =
  | 'no-webgpu' // the browser or machine offers no usable WebGPU adapter
  | 'worker-blocked' // the page's origin, bundler or content security policy keeps the worker from starting
  | 'worker-failed' // the worker ended while the model was in use
  | 'device-lost' // the GPU went away while working
  | 'out-of-memory' // a buffer or a picture does not fit
  | 'unknown-model' // the model name is not in the catalogue, or nothing was found at the folder or URL
  | 'bad-checkpoint' // a file or tensor is missing, damaged or has a wrong shape
  | 'bad-bundle' // molmo2.json or a shard is damaged, or of a version that is not read
  | 'unsupported-model' // config.json asks for something this engine does not compute
  | 'network' // a file could not be fetched
  | 'media-unreadable' // a picture or video could not be decoded
  | 'media-too-large' // a picture has more pixels than can be decoded safely
  | 'bad-request' // the question cannot be asked as it stands (empty prompt, image and video together ...)
  | 'bad-saved-chat' // a saved chat is damaged, of a version that is not read, or of another model
  | 'other-media' // a saved chat is restored without its pictures or video, or with other ones
  | 'bad-dataset' // a file of questions or references is damaged or contradicts itself, or cannot hold what is to be written
  | 'bad-annotations' // a file of annotations is damaged, of a version that is not read, or about other media; or a format cannot hold them
  | 'no-encoder' // the browser cannot encode the video that is to be written
  | 'context-full' // prompt and answer do not fit the context
  | 'not-finite'; // the model's numbers are NaN or infinite, so no token can be chosen

/** An error the caller can act on: what happened, the values, what to do next. */
export class Molmo2Error extends Error {
  readonly code: Molmo2ErrorCode;

  constructor(code: Molmo2ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Molmo2Error';
    this.code = code;
  }

  /** Also of another copy of this class: the engine of a page without a worker is a file of its own and has one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'Molmo2Error' && 'code' in value;
  }
}

/** Throws when something that our own code guarantees does not hold: a bug here, not in the caller's code. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`molmo2-webgpu bug: ${message}`);
}
