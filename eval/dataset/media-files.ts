// The media of a dataset as files: what they are, their hash, their size, and what they look like. For Node.

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { decodeImage } from '#media/picture/decode-image';
import { openWholeVideo } from '#media/video/open-video';
import { pictureHeader } from '../../src/media/picture/picture-header.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { namedMedia, type NamedMedium } from './named-media.ts';
import { fileSha256, sha256Of } from './sha256.ts';
import type { Question } from '../question.ts';
import { lookOf, type Look } from './look.ts';

export interface MediaFile {
  /** Where it lies. */
  readonly name: string;
  readonly kind: NamedMedium['kind'];
  readonly sha256: string;
  readonly byteLength: number;
  /** By what the file is, whatever its name says; with the dot. */
  readonly ending: string;
  /** As shown; of a video only where it could be opened. */
  readonly width: number | null;
  readonly height: number | null;
  readonly durationSec?: number;
  /** null for videos. */
  readonly look: Look | null;
}

/** Whether a name is an address of another machine. */
export const isAddress = (name: string): boolean => /^([a-z][a-z\d+.-]*:\/\/|data:|blob:)/i.test(name);

function refuse(name: string, what: string, cause?: unknown): never {
  throw new Molmo2Error('media-unreadable', `${name} ${what}`, { cause });
}

async function pictureFile(name: string, signal?: AbortSignal): Promise<MediaFile> {
  const bytes = await readFile(name, { signal });
  const { type } = pictureHeader(bytes, name);
  const picture = await decodeImage({ kind: 'blob', blob: new Blob([bytes]) }, name, signal);
  const { width, height } = picture;
  const ending = type === 'jpeg' ? '.jpg' : `.${type}`;
  const facts = { sha256: sha256Of(bytes), byteLength: bytes.length, width, height };
  return { name, kind: 'picture', ending, look: lookOf(picture), ...facts };
}

/** The ending of a video's container by its first bytes; null for what is none that the model's decoders read. */
export function videoEnding(head: Uint8Array, name: string): string | null {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 64));
  if (text.slice(4, 8) === 'ftyp') return text.slice(8, 10) === 'qt' ? '.mov' : '.mp4';
  if (text.startsWith('\u001AE\u00DF\u00A3')) return text.includes('webm') ? '.webm' : '.mkv';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'AVI ') return '.avi';
  // Old QuickTime files begin with any of their parts.
  return /\.mov$/i.test(name) && /^(moov|mdat|wide|free|skip)$/.test(text.slice(4, 8)) ? '.mov' : null;
}

async function headOf(name: string): Promise<Uint8Array> {
  for await (const piece of createReadStream(name, { end: 63 })) return piece as Uint8Array;
  return new Uint8Array();
}

/** Size and duration as they are shown; nothing where no decoder is there, or it refuses the file. */
async function videoFacts(name: string, signal?: AbortSignal) {
  try {
    const video = await openWholeVideo({ kind: 'path', path: name }, 'The video', signal);
    video.close();
    const { width, height, durationSec } = video;
    return { width, height, durationSec };
  } catch {
    signal?.throwIfAborted();
    return { width: null, height: null };
  }
}

async function videoFile(name: string, signal?: AbortSignal): Promise<MediaFile> {
  const ending = videoEnding(await headOf(name), name);
  if (ending === null)
    return refuse(
      name,
      'is no video in MP4, MOV, WebM, MKV or AVI. Correct its name in the file of questions.',
    );
  return {
    name,
    kind: 'video',
    ending,
    look: null,
    ...(await fileSha256(name, signal)),
    ...(await videoFacts(name, signal)),
  };
}

/** One medium, opened. Throws `media-unreadable`, with the name of what cannot be. */
async function mediaFile({ name, kind }: NamedMedium, signal?: AbortSignal): Promise<MediaFile> {
  if (isAddress(name))
    refuse(name.slice(0, 200), 'is an address, and a dataset holds files. Download it, and name the file.');
  try {
    return await (kind === 'video' ? videoFile(name, signal) : pictureFile(name, signal));
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof Molmo2Error) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return refuse(name, `cannot be read: ${reason}. Check the path in the file of questions.`, cause);
  }
}

/** All media of the questions by name, each opened once. `onProgress` is told how many are done. */
export async function mediaFiles(
  questions: readonly Question[],
  onProgress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, MediaFile>> {
  const wanted = new Map(questions.flatMap(namedMedia).map((medium) => [medium.name, medium]));
  const files = new Map<string, MediaFile>();
  for (const [name, medium] of wanted) {
    signal?.throwIfAborted();
    files.set(name, await mediaFile(medium, signal));
    onProgress(files.size, wanted.size);
  }
  return files;
}
