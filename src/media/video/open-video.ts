// Opens a video in the browser, in a page or in a worker. The container code is loaded when the first video comes.

import { fetchMedia } from '../fetch-media.ts';
import { openFrameList } from './frame-list.ts';
import type { PortableVideo, VideoSampling, VideoSource } from '../media-types.ts';

/**
 * Opens a video and chooses its times; `label` names it in errors. Throws `media-unreadable`, `network`, `bad-request`
 * (a start behind the end) or the signal's reason.
 */
export async function openVideo(
  input: PortableVideo,
  sampling: VideoSampling,
  label: string,
  signal?: AbortSignal,
): Promise<VideoSource> {
  signal?.throwIfAborted();
  if (input.kind === 'frames') return openFrameList(input, sampling, label, signal);
  if (input.kind === 'path') throw new TypeError(`${label} is a path; in a page, pass the File or a URL.`);
  const blob = input.kind === 'url' ? await fetchMedia(input.url, label, signal) : input.blob;
  const name = blob instanceof File && blob.name !== '' ? `${label} (${blob.name})` : label;
  const { openContainer } = await import('./container-video.ts');
  return openContainer(blob, sampling, name, signal);
}
