// The optional package that decodes pictures in Node.

import { Molmo2Error } from '../../errors.ts';

export type Sharp = typeof import('sharp').default;

/** Throws `media-unreadable` where it is not installed. */
export async function loadSharp(): Promise<Sharp> {
  try {
    return (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ 'sharp')).default;
  } catch (cause) {
    throw new Molmo2Error(
      'media-unreadable',
      'Pictures are decoded by the package sharp in Node, which is not installed. Run: npm install sharp',
      { cause },
    );
  }
}
