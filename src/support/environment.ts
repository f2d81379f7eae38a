// What a page or worker offers beside the GPU. The Node twin is environment-node.ts.

import { thisBrowser } from '../gpu/missing/browser.ts';
import { canFallBack } from './can-fall-back.ts';
import type { StorageSupport, SupportEnvironment, VideoCodec, VideoSupport } from './support.ts';

// A profile and level that films of the web have: High 4.0 for H.264, Main for the others.
const codecStrings: Readonly<Record<VideoCodec, string>> = {
  h264: 'avc1.640028',
  hevc: 'hvc1.1.6.L120.B0',
  vp8: 'vp8',
  vp9: 'vp09.00.40.08',
  av1: 'av01.0.08M.08',
};

export async function supportEnvironment(): Promise<SupportEnvironment> {
  const { name, version, system } = thisBrowser();
  const [storage, video] = await Promise.all([storageSupport(), videoSupport()]);
  return {
    platform: {
      runtime: typeof document === 'undefined' ? 'worker' : 'page',
      browser: { name, version, userAgent: navigator.userAgent },
      system,
      versions: {},
    },
    storage,
    video,
    workers: typeof Worker === 'function',
    crossOriginIsolated: globalThis.crossOriginIsolated === true,
    fallback: canFallBack(),
  };
}

async function storageSupport(): Promise<StorageSupport> {
  // Missing in pages that are no secure context, whatever the types say; what a private window refuses is not there either.
  const { storage } = navigator as Partial<Navigator>;
  const [opfs, estimate, persisted] = await Promise.all([
    attempt(() => storage?.getDirectory?.()),
    attempt(() => storage?.estimate?.()),
    attempt(() => storage?.persisted?.()),
  ]);
  return {
    opfs: opfs !== null,
    indexedDb: typeof indexedDB !== 'undefined' && indexedDB !== null,
    quotaBytes: estimate?.quota ?? null,
    usageBytes: estimate?.usage ?? null,
    persisted,
  };
}

async function videoSupport(): Promise<VideoSupport> {
  const known = typeof VideoDecoder === 'function';
  const decodes = async (codec: VideoCodec) => {
    const config = { codec: codecStrings[codec], codedWidth: 1920, codedHeight: 1080 };
    return known && (await attempt(() => VideoDecoder.isConfigSupported(config)))?.supported === true;
  };
  const [h264, hevc, vp8, vp9, av1] = await Promise.all([
    decodes('h264'),
    decodes('hevc'),
    decodes('vp8'),
    decodes('vp9'),
    decodes('av1'),
  ]);
  return { decoder: known ? 'webcodecs' : 'none', h264, hevc, vp8, vp9, av1 };
}

/** What `ask` resolves to; null where it throws, rejects or has nothing to ask. */
async function attempt<T>(ask: () => Promise<T> | undefined): Promise<T | null> {
  try {
    return (await ask()) ?? null;
  } catch {
    return null;
  }
}
