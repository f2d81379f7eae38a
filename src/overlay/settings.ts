// What the attributes of an overlay say.

import type { LabelMode, PathMode } from './marks/scene.ts';
import type { Settings } from './draw/drawing.ts';

const labelModes = ['auto', 'text', 'number', 'none'] as const satisfies LabelMode[];
const pathModes = ['all', 'passed', 'none'] as const satisfies PathMode[];

/** Attributes whose change is drawn at once. */
export const drawnAttributes = ['dot-size', 'labels', 'paths', 'image', 'hold', 'for', 'editable'];

/** One of some words; anything else is the first of them. */
function word<W extends string>(host: Element, attribute: string, words: readonly [W, ...W[]]): W {
  const value = host.getAttribute(attribute);
  return words.find((one) => one === value) ?? words[0];
}

/** A number of at least 0, or its default. */
function number(host: Element, attribute: string, fallback: number): number {
  const text = host.getAttribute(attribute);
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : fallback;
}

export function settingsOf(host: Element): Settings {
  return {
    image: Math.max(1, Math.round(number(host, 'image', 1))),
    dotSize: number(host, 'dot-size', 16),
    holdSec: number(host, 'hold', 0.25),
    labels: word(host, 'labels', labelModes),
    paths: word(host, 'paths', pathModes),
  };
}
