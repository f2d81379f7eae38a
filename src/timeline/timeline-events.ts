// What a time line needs of an overlay, what it tells its page, and its attributes for typed JSX. Types only.

import type { MediaInfo } from '../api.ts';
import type { Edit } from '../overlay/marks/edits.ts';
import type { MarkedObject } from '../overlay/marks/objects.ts';
import type { MolmoEvent } from '../overlay/overlay-events.ts';

/** A `<molmo-overlay>`, as far as a time line knows it. */
export interface TimelineOverlay extends HTMLElement {
  readonly target: HTMLElement | null;
  readonly media: MediaInfo | null;
  readonly objects: readonly MarkedObject[];
  /** In their order; absent: none. */
  readonly layers?: readonly { readonly id: string }[];
  selected: string | null;
  /** Shows or hides objects. */
  setVisible(keys: Iterable<string>, visible: boolean): void;
  /** Makes one object stand out; null for none. */
  highlight(key: string | null): void;
  /** Changes marks as by hand; false where the page refused it. */
  apply(edit: Edit): boolean;
}

/** A part of the video, in seconds: what `ask` calls `startSec` and `endSec`. */
export interface TimeRange {
  readonly startSec: number;
  readonly endSec: number;
}

/** They bubble and leave shadow trees. */
export interface TimelineEvents {
  /** The part to ask about; null for the whole video. */
  'molmo-range': MolmoEvent<TimeRange | null>;
  /** Before a lane is renamed. Cancelable: then its name stays. */
  'molmo-rename': MolmoEvent<{ readonly keys: readonly string[]; readonly label: string }>;
}

/** Attributes of `<molmo-timeline>` in JSX; docs/timeline.md has the line that tells them to React, Preact or Solid. */
export interface MolmoTimelineAttributes {
  for?: string;
  id?: string;
  class?: string;
  className?: string;
  hidden?: boolean;
  style?: unknown;
  slot?: string;
  part?: string;
  ref?: unknown;
  key?: string | number | null;
  'onmolmo-range'?: (event: TimelineEvents['molmo-range']) => void;
  'onmolmo-rename'?: (event: TimelineEvents['molmo-rename']) => void;
}

declare global {
  interface HTMLElementEventMap extends TimelineEvents {}
}
