// What to tell a visitor about an error: a title and things to try. Pure; the error's own message has the details.

import { Molmo2Error, type Molmo2ErrorCode, type Support } from '../../src/index.ts';

export interface ErrorText {
  readonly title: string;
  readonly message: string;
  /** Null where the error is not one of the engine's own. */
  readonly code: Molmo2ErrorCode | null;
  readonly help: readonly string[];
}

const texts: Record<Molmo2ErrorCode, { readonly title: string; readonly help: readonly string[] }> = {
  'no-webgpu': { title: 'This browser offers no WebGPU', help: [] },
  'device-lost': {
    title: 'The graphics card stopped answering',
    help: ['The model is being loaded again. If this repeats, close other pages that use the graphics card.'],
  },
  'out-of-memory': {
    title: 'There is not enough memory',
    help: [
      'Under Options, ask for fewer frames or crops.',
      'Close other pages or programs, or use a smaller model.',
    ],
  },
  'unknown-model': { title: 'There is no model there', help: ['Check the name, the folder or the address.'] },
  'bad-dataset': {
    title: 'The file of questions cannot be used',
    help: ['Correct the named line or key, or choose another file.'],
  },
  'bad-annotations': {
    title: 'These annotations cannot be used',
    help: ['Correct what is named, choose another file or format, or open the media that they are about.'],
  },
  'no-encoder': {
    title: 'This browser cannot write such a clip',
    help: ['Use a browser with WebCodecs, such as Chrome or Edge, or save pictures with dots.'],
  },
  'bad-checkpoint': {
    title: 'The checkpoint cannot be used',
    help: ['Get the named file again from where the checkpoint came from.'],
  },
  'bad-bundle': {
    title: 'The converted model cannot be used',
    help: ['Get it again from where it came from, or convert the checkpoint again with this release.'],
  },
  'unsupported-model': {
    title: 'This model is of another kind',
    help: ['Only checkpoints of the Molmo2 architecture can be run.'],
  },
  network: {
    title: 'A file could not be fetched',
    help: ['Check the address and the connection. Other sites must allow reading from this page (CORS).'],
  },
  'media-unreadable': {
    title: 'The file could not be opened',
    help: [
      'It may be damaged or of a kind that this browser cannot decode. Try another file, or save it as PNG or MP4 (H.264).',
    ],
  },
  'worker-blocked': {
    title: 'The page could not start its worker',
    help: [
      'Reload the page. If that does not help, its files are not complete, or a policy of the server forbids it.',
    ],
  },
  'worker-failed': {
    title: 'The model’s worker ended',
    help: [
      'The model is being loaded again. If this repeats, the machine may be short of memory: close other pages.',
    ],
  },
  'media-too-large': { title: 'The picture is too large', help: ['Make it smaller and try again.'] },
  'bad-request': { title: 'This question cannot be asked as it is', help: [] },
  'bad-saved-chat': { title: 'The saved conversation cannot be used', help: ['Begin a new conversation.'] },
  'other-media': {
    title: 'These are not the pictures of the conversation',
    help: ['Choose the files that the conversation was about.'],
  },
  'not-finite': {
    title: 'The model’s numbers are no numbers',
    help: [
      'Weights are damaged: delete the kept copy of the model and load it again.',
      'If other models do the same, the graphics driver may compute wrongly: look for a newer one.',
    ],
  },
  'context-full': {
    title: 'Question and answer do not fit',
    help: ['Under Options, ask for fewer frames or crops.', 'Untick “Keep conversation” to start anew.'],
  },
};

/** The words for any thrown value. */
export function errorText(error: unknown): ErrorText {
  if (error instanceof Molmo2Error) return { ...texts[error.code], message: error.message, code: error.code };
  const message = error instanceof Error ? error.message : String(error);
  return {
    title: 'Something went wrong',
    message,
    code: null,
    help: ['Try once more. If it happens again, reload the page.'],
  };
}

/** The words for a browser without WebGPU, with what can be done in this one. */
export function withoutWebGpu(error: unknown, { webgpu }: Support): ErrorText {
  const text = errorText(error);
  return webgpu.available ? text : { ...text, message: webgpu.message, help: webgpu.steps };
}
