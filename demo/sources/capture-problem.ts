// What to tell a visitor whose camera or screen cannot be shown: each case in its own words. Pure.

import type { ErrorText } from '../trouble/error-help.ts';

export type CaptureKind = 'camera' | 'screen';

/** Why nothing is captured, or no more. */
export type CaptureFault =
  /** The page was not loaded in a way that browsers let see cameras, or this browser has no such thing. */
  | 'insecure'
  | 'unsupported'
  | 'refused'
  /** By the operating system, whatever the visitor allows the page. */
  | 'refused-by-system'
  | 'missing'
  | 'in-use'
  | 'ended'
  | 'unknown';

const words: Record<
  CaptureKind,
  Record<CaptureFault, { readonly title: string; readonly message: string; readonly help: readonly string[] }>
> = {
  camera: {
    insecure: {
      title: 'The camera needs a secure page',
      message:
        'Browsers show a camera only to pages with an address that begins with https, or on this machine.',
      help: ['Open this page by https.', 'Or take a picture with another program and choose its file.'],
    },
    unsupported: {
      title: 'This browser offers no camera',
      message: 'It has no way to give pages the picture of a camera.',
      help: ['Take a picture or a clip with another program and choose its file.'],
    },
    refused: {
      title: 'The camera was not allowed',
      message: 'This page may not see the camera, because permission was refused or the question was closed.',
      help: [
        'Press Camera once more and allow it. If the browser does not ask again, allow the camera beside the page’s address.',
        'The picture stays on this machine.',
      ],
    },
    'refused-by-system': {
      title: 'The system keeps the camera from this browser',
      message: 'The operating system does not let this browser use the camera.',
      help: ['Allow the camera for this browser in the system’s privacy settings, then press Camera again.'],
    },
    missing: {
      title: 'No camera was found',
      message: 'This machine has no camera that the browser can see.',
      help: ['Connect one and press Camera again.', 'Or share a screen, or choose a file.'],
    },
    'in-use': {
      title: 'The camera is in use elsewhere',
      message: 'It was found, but it gives no picture: another program or page may have it.',
      help: ['Close the other program and press Camera again.'],
    },
    ended: {
      title: 'The camera stopped',
      message:
        'It was unplugged, or its permission was taken back. What was answered last stays below the picture.',
      help: ['Press Camera to go on.'],
    },
    unknown: { title: 'The camera could not be started', message: '', help: ['Press Camera to try again.'] },
  },
  screen: {
    insecure: {
      title: 'Sharing a screen needs a secure page',
      message:
        'Browsers show a screen only to pages with an address that begins with https, or on this machine.',
      help: ['Open this page by https.', 'Or paste a screenshot.'],
    },
    unsupported: {
      title: 'This browser cannot share a screen',
      message: 'Browsers of phones, for one, do not give pages the picture of the screen.',
      help: ['Take a screenshot and choose its file.'],
    },
    refused: {
      title: 'No screen was shared',
      message: 'No screen, window or tab was chosen, or permission was refused.',
      help: ['Press Screen once more and choose what to share.', 'The picture stays on this machine.'],
    },
    'refused-by-system': {
      title: 'The system keeps the screen from this browser',
      message: 'The operating system does not let this browser record the screen.',
      help: [
        'Allow screen recording for this browser in the system’s privacy settings, then press Screen again.',
      ],
    },
    missing: {
      title: 'There is no screen to share',
      message: 'The browser found no screen, window or tab.',
      help: ['Paste a screenshot, or choose a file.'],
    },
    'in-use': {
      title: 'The screen gives no picture',
      message: 'The system refused to record what was chosen.',
      help: ['Press Screen and choose another window.'],
    },
    ended: {
      title: 'Sharing was ended',
      message:
        'The screen, window or tab is no longer shared. What was answered last stays below the picture.',
      help: ['Press Screen to share again.'],
    },
    unknown: { title: 'The screen could not be shared', message: '', help: ['Press Screen to try again.'] },
  },
};

/** What an error of the browser means; the names are those of the Media Capture specifications. */
export function captureFault(error: unknown): CaptureFault {
  const { name = '', message = '' } = error instanceof Error ? error : {};
  switch (name) {
    case 'NotAllowedError':
      return /by system/i.test(message) ? 'refused-by-system' : 'refused';
    case 'SecurityError':
      return 'insecure';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'in-use';
    default:
      return 'unknown';
  }
}

export function captureProblem(kind: CaptureKind, fault: CaptureFault, error?: unknown): ErrorText {
  const text = words[kind][fault];
  const said = error instanceof Error ? error.message : String(error);
  return { ...text, message: text.message || `The browser says: ${said}`, code: null };
}
