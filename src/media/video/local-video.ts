// ffmpeg reads a file again and again, so what is no file on the disk becomes a temporary one.

import { createReadStream, rmSync } from 'node:fs';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Molmo2Error } from '../../errors.ts';
import { fetchMedia } from '../fetch-media.ts';
import type { PortableFile } from '../media-types.ts';
import type { VideoFile } from './probe-video.ts';

export interface LocalVideo extends VideoFile {
  /** Removes what is temporary. */
  remove(): void;
}

function cannotRead(label: string, cause: unknown): Molmo2Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Molmo2Error('media-unreadable', `${label} cannot be read: ${reason}. Check the path.`, {
    cause,
  });
}

/** A pipe is read once; and what a path below /dev or /proc means changes from one program to the next. */
export async function isLasting(path: string): Promise<boolean> {
  const status = await stat(path);
  return (status.isFile() || status.isDirectory()) && !/^\/(dev|proc)\//.test(path);
}

/** The bytes of what is no lasting file. */
async function passingBytes(
  input: PortableFile,
  label: string,
  signal?: AbortSignal,
): Promise<NodeJS.ReadableStream | ReadableStream<Uint8Array>> {
  if (input.kind === 'path') return createReadStream(input.path, signal && { signal });
  const blob = input.kind === 'url' ? await fetchMedia(input.url, label, signal) : input.blob;
  return blob.stream();
}

async function temporaryFile(
  bytes: NodeJS.ReadableStream | ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): Promise<{ path: string; remove: () => void }> {
  const folder = await mkdtemp(join(tmpdir(), 'molmo2-video-'));
  const path = join(folder, 'video');
  try {
    await writeFile(path, bytes, { signal });
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

async function beginning(path: string): Promise<VideoFile> {
  const { size } = await stat(path);
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1 << 16));
    return { path, head: new Uint8Array(buffer.subarray(0, bytesRead)), byteLength: size };
  } finally {
    await handle.close();
  }
}

async function fileOf(
  input: PortableFile,
  label: string,
  signal?: AbortSignal,
): Promise<{ path: string; remove: () => void }> {
  if (input.kind === 'path' && (await isLasting(input.path))) return { path: input.path, remove() {} };
  return temporaryFile(await passingBytes(input, label, signal), signal);
}

/** Makes a video a file on the disk. Throws `media-unreadable`, `network` or the signal's reason. */
export async function localVideo(
  input: PortableFile,
  label: string,
  signal?: AbortSignal,
): Promise<LocalVideo> {
  let remove = () => {};
  try {
    const file = await fileOf(input, label, signal);
    ({ remove } = file);
    return { ...(await beginning(file.path)), remove };
  } catch (cause) {
    remove();
    signal?.throwIfAborted();
    throw input.kind === 'path' ? cannotRead(label, cause) : cause;
  }
}
