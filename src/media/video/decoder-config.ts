// How the browser's decoder is asked for a track.

import type { InputVideoTrack } from 'mediabunny';
import { neighbourLevels } from '../container/neighbour-levels.ts';

async function isSupported(config: VideoDecoderConfig): Promise<boolean> {
  try {
    return (await VideoDecoder.isConfigSupported(config)).supported === true;
  } catch {
    return false; // not a codec string at all
  }
}

/** Chromium loses colours that are stated in part, and reads video without any as BT.709. */
function wholeColourSpace(given: VideoColorSpaceInit | undefined): VideoColorSpaceInit {
  return {
    primaries: given?.primaries ?? 'bt709',
    transfer: given?.transfer ?? 'bt709',
    matrix: given?.matrix ?? 'bt709',
    fullRange: given?.fullRange ?? false,
  };
}

const isChromium = () => 'userAgentData' in navigator;

/** A configuration that this browser decodes, or null. Asks for neighbouring levels where the stated one is refused. */
export async function decoderConfig(track: InputVideoTrack): Promise<VideoDecoderConfig | null> {
  const stated = await track.getDecoderConfig();
  if (!stated || typeof VideoDecoder === 'undefined') return null;
  const config = isChromium() ? { ...stated, colorSpace: wholeColourSpace(stated.colorSpace) } : stated;
  for (const codec of [config.codec, ...neighbourLevels(config.codec)]) {
    const candidate = { ...config, codec };
    // Chromium's hardware decoders of H.264 lose frames of interlaced video, and of streams that do not say how far they
    // reorder.
    const inSoftware = { ...candidate, hardwareAcceleration: 'prefer-software' } as const;
    if (isChromium() && codec.startsWith('avc') && (await isSupported(inSoftware))) return inSoftware;
    if (await isSupported(candidate)) return candidate;
  }
  return null;
}
