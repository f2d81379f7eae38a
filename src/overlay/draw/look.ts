// What an overlay reads of its style: colours and font.

import { palette } from '../marks/palette.ts';

/** What a page may say about colours and font. */
export interface Look {
  readonly colors: readonly string[];
  readonly ringColor: string;
  readonly fontFamily: string;
}

export const plainLook: Look = { colors: palette, ringColor: '#fff', fontFamily: 'system-ui, sans-serif' };

export function lookOf(host: HTMLElement): Look {
  const style = getComputedStyle(host);
  const property = (name: string, fallback: string): string =>
    style.getPropertyValue(name).trim() || fallback;
  return {
    colors: palette.map((color, i) => property(`--molmo-color-${i + 1}`, color)),
    ringColor: property('--molmo-ring-color', plainLook.ringColor),
    fontFamily: property('--molmo-font', plainLook.fontFamily),
  };
}
