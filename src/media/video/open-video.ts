// Opens a video in the browser, in a page or in a worker. The container code is loaded when the first video comes.

import { Molmo2Error } from '../../errors.ts';
import { fetchMedia } from '../fetch-media.ts';
import { openFrameList } from './frame-list.ts';
import { openPlayedFile } from '../player/played-video.ts';
import type { PortableVideo, VideoSampling, VideoSource, WholeVideo } from '../media-types.ts';
import { sampledSource } from '../sampling/sampled-source.ts';
import { openFramed } from './open-framed.ts';
import { StrangeFile } from './video-track.ts';

/** Opens a video; `label` names it in errors. Throws `media-unreadable`, `network` or the signal's reason. */
export async function openWholeVideo(
  input: PortableVideo,
  label: string,
  signal?: AbortSignal,
): Promise<WholeVideo> {
  signal?.throwIfAborted();
  if (input.kind === 'frames') return openFrameList(input, label, signal);
  if (input.kind === 'path') throw new TypeError(`${label} is a path; in a page, pass the File or a URL.`);
  const blob = input.kind === 'url' ? await fetchMedia(input.url, label, signal) : input.blob;
  const name = blob instanceof File && blob.name !== '' ? `${label} (${blob.name})` : label;
  return openFile(blob, name, signal);
}

async function openFile(blob: Blob, name: string, signal?: AbortSignal): Promise<WholeVideo> {
  try {
    return await openFramed(blob, name, signal);
  } catch (error) {
    if (!(error instanceof Molmo2Error && error.cause instanceof StrangeFile)) throw error;
    const played = await openPlayedFile(blob, name, signal);
    if (!played) throw error;
    return played;
  }
}

/** Opens a video and chooses its times. Throws as `openWholeVideo` does, and `bad-request` for a start behind the end. */
export async function openVideo(
  input: PortableVideo,
  sampling: VideoSampling,
  label: string,
  signal?: AbortSignal,
): Promise<VideoSource> {
  return sampledSource(await openWholeVideo(input, label, signal), sampling);
}
