// Which ffmpeg is installed, and what it decodes.

import { programOutput } from './ffmpeg.ts';

export interface FfmpegAbilities {
  /** As it calls itself. */
  readonly version: string;
  /** Names of its decoders, as `ffmpeg -decoders` lists them. */
  readonly decoders: ReadonlySet<string>;
}

/** Null where none is installed, or where it does not work. */
export async function ffmpegAbilities(): Promise<FfmpegAbilities | null> {
  try {
    const [about, list] = await Promise.all([printed('-version'), printed('-decoders')]);
    const version = /^ffmpeg version (\S+)/.exec(about)?.[1];
    return version === undefined ? null : { version, decoders: decodersIn(list) };
  } catch {
    return null; // what a file would be told is of no interest here
  }
}

/** The names in such a list: six letters that say what a decoder can do stand before each. */
export function decodersIn(list: string): Set<string> {
  return new Set([...list.matchAll(/^ V[A-Z.]{5} ([\w-]+)/gm)].map(([, name = '']) => name));
}

const printed = async (option: '-version' | '-decoders'): Promise<string> =>
  (await programOutput('ffmpeg', ['-hide_banner', option], 'This check')).text;
