// Opens a video in the browser, in a page or in a worker. The container code is loaded when the first video comes.

import { fetchMedia } from '../fetch-media.ts';
import { openFrameList } from './frame-list.ts';
import type { PortableVideo, VideoSampling, VideoSource, WholeVideo } from '../media-types.ts';
import { sampledSource } from '../sampling/sampled-source.ts';

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
  const { openContainer } = await import('./container-video.ts');
  return openContainer(blob, name, signal);
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
