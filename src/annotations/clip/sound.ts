// Copies the sound of a clip as it is, packet by packet, beside the pictures that are encoded anew.

import {
  type AudioCodec,
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  type Input,
  type Output,
} from 'mediabunny';

/** Copies packets until a moment; a clip without sound, or with one that the container cannot hold, has nothing to copy. */
export interface SoundCopy {
  until(timeSec: number): Promise<void>;
  close(): Promise<void>;
}

const silence: SoundCopy = { until: async () => {}, close: async () => {} };

/** Adds a track of sound to `output`, before it is started: what is heard from `startSec` on, which becomes 0. */
export async function soundCopy(input: Input, output: Output, startSec = 0): Promise<SoundCopy> {
  // An animated picture is no container.
  const track = (await input.canRead()) ? await input.getPrimaryAudioTrack() : null;
  const codec = track && (await track.getCodec());
  const decoderConfig = track && (await track.getDecoderConfig());
  const isHeld = (one: AudioCodec) => output.format.getSupportedAudioCodecs().includes(one);
  if (!track || !codec || !decoderConfig || !isHeld(codec)) return silence;
  const source = new EncodedAudioPacketSource(codec);
  output.addAudioTrack(source);
  const packets = new EncodedPacketSink(track).packets();
  let next: EncodedPacket | null = null;
  let isOver = false;
  const advance = async () => {
    const { value, done } = await packets.next();
    isOver = done === true;
    next = value ?? null;
  };
  return {
    async until(timeSec) {
      if (!next && !isOver) await advance();
      while (next && next.timestamp < timeSec) {
        // What lies before the start is there for decoders alone.
        const timestamp = next.timestamp - startSec;
        if (timestamp >= 0) await source.add(next.clone({ timestamp }), { decoderConfig });
        await advance();
      }
    },
    async close() {
      await packets.return();
    },
  };
}
