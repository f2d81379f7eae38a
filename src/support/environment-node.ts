// What Node offers beside the GPU: versions of what computes and decodes there, and the codecs of an installed ffmpeg.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform as systemOf, release } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { SystemName } from '../gpu/missing/browser.ts';
import { ffmpegAbilities } from '../media/ffmpeg/ffmpeg-abilities.ts';
import { canFallBack } from './can-fall-back.ts';
import type { SupportEnvironment } from './support.ts';

const systems: Readonly<Partial<Record<NodeJS.Platform, SystemName>>> = {
  win32: 'windows',
  darwin: 'macos',
  linux: 'linux',
  android: 'android',
};

export async function supportEnvironment(): Promise<SupportEnvironment> {
  const ffmpeg = await ffmpegAbilities();
  const optional = ['webgpu', 'sharp'].flatMap((name): [string, string][] => {
    const version = installed(name);
    return version === null ? [] : [[name, version]];
  });
  const decodes = (...names: readonly string[]) => names.some((name) => ffmpeg?.decoders.has(name));
  return {
    platform: {
      runtime: 'node',
      browser: null,
      system: systems[process.platform] ?? 'other',
      versions: {
        node: process.versions.node,
        ...Object.fromEntries(optional),
        ...(ffmpeg && { ffmpeg: ffmpeg.version }),
        system: `${systemOf()} ${release()} ${arch()}`,
      },
    },
    storage: { opfs: false, indexedDb: false, quotaBytes: null, usageBytes: null, persisted: null },
    video: {
      decoder: ffmpeg ? 'ffmpeg' : 'none',
      h264: decodes('h264', 'libopenh264'),
      hevc: decodes('hevc'),
      vp8: decodes('vp8', 'libvpx'),
      vp9: decodes('vp9', 'libvpx-vp9'),
      av1: decodes('libdav1d', 'libaom-av1'), // ffmpeg's own needs hardware
    },
    workers: false,
    crossOriginIsolated: false,
    fallback: canFallBack(),
  };
}

/** The version of an installed package; null where there is none. Its entry is looked for, as "exports" may hide package.json. */
function installed(name: string): string | null {
  try {
    let folder = dirname(createRequire(import.meta.url).resolve(name));
    while (!folder.endsWith(name)) {
      const outer = dirname(folder);
      if (outer === folder) return null;
      folder = outer;
    }
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version?: unknown;
    };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
