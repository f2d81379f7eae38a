// A still and a clip of what a stream shows, as files: from then on they are like files that the visitor chose.

/** What a browser may write, in the order in which it is wanted; tests/e2e/demo-live.test.ts reads the first of them again. */
const clipTypes = [
  'video/mp4;codecs=avc1.42E01F',
  'video/webm;codecs=vp9',
  'video/webm;codecs=vp8',
  'video/webm',
  'video/mp4',
];

/** Long enough for any question, and no more than a machine has room for. */
export const longestClipSec = 600;

/** 2026-11-28T22:40:05 -> `camera-22-40-05.png`. */
function fileName(kind: string, ending: string): string {
  const [time = ''] = /\d\d:\d\d:\d\d/.exec(new Date().toTimeString()) ?? [];
  return `${kind}-${time.replaceAll(':', '-')}.${ending}`;
}

/** Whether the video shows a picture that can be drawn. */
export function hasPicture(video: HTMLVideoElement): boolean {
  return video.videoWidth > 0 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}

/** Waits for the first picture of a stream, which a camera may take a second for; false where `over` comes first. */
export function firstPicture(video: HTMLVideoElement, over: AbortSignal): Promise<boolean> {
  if (hasPicture(video)) return Promise.resolve(!over.aborted);
  return new Promise((resolve) => {
    video.addEventListener('loadeddata', () => resolve(true), { once: true, signal: over });
    over.addEventListener('abort', () => resolve(false), { once: true });
  });
}

/** The picture that the video shows now, in its own pixels. */
export async function takeStill(video: HTMLVideoElement, kind: string): Promise<File> {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The browser could not make a picture of what is shown.');
  return new File([blob], fileName(kind, 'png'), { type: 'image/png' });
}

/** Whether this browser can record. */
export function canRecord(): boolean {
  return typeof MediaRecorder === 'function';
}

/** A clip that is being recorded. */
export class Recording {
  readonly startMs = performance.now();
  readonly #recorder: MediaRecorder;
  readonly #kind: string;
  /** The browser keeps them outside the page's memory. */
  readonly #parts: Blob[] = [];
  readonly #done: Promise<void>;

  constructor(stream: MediaStream, kind: string) {
    const mimeType = clipTypes.find((type) => MediaRecorder.isTypeSupported(type)) ?? '';
    // Frames of a clip are sought: a key frame in each second keeps that quick.
    const often = { videoKeyFrameIntervalDuration: 1000 };
    this.#kind = kind;
    this.#recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: 8e6, ...often });
    this.#recorder.addEventListener('dataavailable', ({ data }) => this.#parts.push(data));
    this.#done = new Promise((resolve, reject) => {
      this.#recorder.addEventListener('stop', () => resolve());
      this.#recorder.addEventListener('error', (event) =>
        reject(new Error('The browser stopped recording.', { cause: event })),
      );
    });
    // Whoever stops it hears of an error; one that nobody stops is thrown away.
    this.#done.catch(() => {});
    this.#recorder.start(1000);
  }

  /** Ends it; null where there was nothing to record yet. */
  async stop(): Promise<File | null> {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    await this.#done;
    const { mimeType } = this.#recorder;
    const blob = new Blob(this.#parts, { type: mimeType });
    if (blob.size === 0) return null;
    const [type = ''] = mimeType.split(';');
    return new File([blob], fileName(this.#kind, type.endsWith('mp4') ? 'mp4' : 'webm'), { type });
  }
}
