// What an overlay tells its page, and its attributes for typed JSX. Types only.

import type { ClickDetail } from './hands/hands.ts';
import type { Marks } from './marks/marks.ts';
import type { Edit } from './marks/edits.ts';
import type { MarkRef } from './marks/objects.ts';

/** A change by hand, before it happens. */
export interface EditDetail {
  readonly edit: Edit;
  /** What was marked, and what is marked with the change: to undo it, set `answer` to `before`. */
  readonly before: Marks;
  readonly after: Marks;
}

/** A `CustomEvent`; spelt out, because projects without a page's types know none. */
export type MolmoEvent<D> = Event & { readonly detail: D };

/** All of them bubble and leave shadow trees. */
export interface OverlayEvents {
  /** Marks, visibility or selection changed; once per paint. */
  'molmo-change': MolmoEvent<null>;
  /** The mark under the pointer or with the focus; null when it is left. */
  'molmo-hover': MolmoEvent<MarkRef | null>;
  /** Cancelable: then the selection stays. */
  'molmo-click': MolmoEvent<ClickDetail>;
  /** Key of the selected object; null for none. */
  'molmo-select': MolmoEvent<string | null>;
  /** Before a change by hand is taken. Cancelable: then nothing changes. */
  'molmo-edit': MolmoEvent<EditDetail>;
}

/** Attributes of `<molmo-overlay>` in JSX; docs/overlay.md has the line that tells them to React, Preact or Solid. */
export interface MolmoOverlayAttributes {
  'dot-size'?: number | string;
  labels?: 'auto' | 'text' | 'number' | 'none';
  paths?: 'all' | 'passed' | 'none';
  image?: number | string;
  hold?: number | string;
  for?: string;
  editable?: boolean;
  id?: string;
  class?: string;
  className?: string;
  hidden?: boolean;
  style?: unknown;
  slot?: string;
  part?: string;
  ref?: unknown;
  key?: string | number | null;
  children?: unknown;
  'onmolmo-change'?: (event: OverlayEvents['molmo-change']) => void;
  'onmolmo-hover'?: (event: OverlayEvents['molmo-hover']) => void;
  'onmolmo-click'?: (event: OverlayEvents['molmo-click']) => void;
  'onmolmo-select'?: (event: OverlayEvents['molmo-select']) => void;
  'onmolmo-edit'?: (event: OverlayEvents['molmo-edit']) => void;
}

declare global {
  interface HTMLElementEventMap extends OverlayEvents {}
}
