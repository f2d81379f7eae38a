// Shows the chosen pictures or the video, each under an overlay for the dots.

import { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import { byId, make } from '../dom.ts';
import type { Media } from '../media/media.ts';

export interface Shown {
  readonly overlays: readonly MolmoOverlay[];
  readonly video: HTMLVideoElement | null;
}

export const nothingShown: Shown = { overlays: [], video: null };

let urls: string[] = [];

function urlOf(file: File): string {
  const url = URL.createObjectURL(file);
  urls.push(url);
  return url;
}

/** Says something about what is on the stage; nothing with an empty text. */
export function mediaNote(text: string): void {
  const box = byId('media-note', HTMLElement);
  box.textContent = text;
  box.hidden = text === '';
}

function overlayOver(shown: HTMLElement): MolmoOverlay {
  const overlay = new MolmoOverlay();
  overlay.append(shown);
  return overlay;
}

/** Gives the overlay the picture's own shape, so that nothing but picture is in its box: stage.css makes it fit. */
function fitStage(overlay: HTMLElement, width: number, height: number): void {
  if (width === 0 || height === 0) return;
  overlay.style.setProperty('--ratio', String(width / height));
  // Small pictures are not blown up beyond recognition.
  overlay.style.setProperty('--most', `${width * 4}px`);
  overlay.dataset['fits'] = '';
}

function pictureOf(
  file: File,
  number: number,
  count: number,
  onUnreadable: (file: File) => void,
): HTMLElement {
  const img = make('img', { alt: count === 1 ? file.name : `Picture ${number}: ${file.name}` });
  img.addEventListener('error', () => {
    img.hidden = true;
    mediaNote(`"${file.name}" cannot be shown.`);
    onUnreadable(file);
  });
  img.addEventListener('load', () => fitStage(overlay, img.naturalWidth, img.naturalHeight));
  const overlay = overlayOver(img);
  img.src = urlOf(file);
  overlay.image = number;
  const caption = count === 1 ? [] : [make('figcaption', { textContent: `Picture ${number}` })];
  return make('figure', { className: 'picture' }, overlay, ...caption);
}

function videoOf(file: File): HTMLElement {
  const video = make('video', { muted: true, playsInline: true, preload: 'auto' });
  video.disablePictureInPicture = true;
  video.setAttribute('aria-label', `Video: ${file.name}`);
  video.addEventListener('error', () =>
    mediaNote(
      'This browser cannot play this file here. A question may still work: the answer and its times appear as text.',
    ),
  );
  const overlay = overlayOver(video);
  for (const type of ['loadedmetadata', 'resize'])
    video.addEventListener(type, () => fitStage(overlay, video.videoWidth, video.videoHeight));
  video.src = urlOf(file);
  return make('figure', { className: 'picture' }, overlay);
}

/** Leaves nothing on the stage. */
export function showNothing(): Shown {
  for (const url of urls) URL.revokeObjectURL(url);
  urls = [];
  mediaNote('');
  byId('media', HTMLElement).replaceChildren();
  byId('stage', HTMLElement).dataset['kind'] = 'none';
  return nothingShown;
}

/** Puts `media` on the stage in place of what was there. `onUnreadable` is told of a picture that cannot be shown. */
export function showMedia(media: Media, onUnreadable: (file: File) => void): Shown {
  for (const url of urls) URL.revokeObjectURL(url);
  urls = [];
  mediaNote('');
  const figures =
    media.kind === 'video'
      ? media.files.slice(0, 1).map(videoOf)
      : media.files.map((file, i) => pictureOf(file, i + 1, media.files.length, onUnreadable));
  byId('media', HTMLElement).replaceChildren(...figures);
  const stage = byId('stage', HTMLElement);
  stage.dataset['kind'] = media.kind;
  stage.dataset['count'] = String(figures.length);
  return {
    overlays: figures.flatMap((figure) => [...figure.querySelectorAll('molmo-overlay')]),
    video: figures[0]?.querySelector('video') ?? null,
  };
}
