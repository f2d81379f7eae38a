// A time line on the test's page, and a clip to show in it.

import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Output, WebMOutputFormat } from 'mediabunny';
import type { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import type { MolmoTimeline } from '../../src/timeline/molmo-timeline.ts';

/** A clip of 1920 x 1080 with a frame at each of these seconds, in which one bar moves. */
export async function largeClip(times: readonly number[]): Promise<Blob> {
  const [width, height] = [1920, 1080];
  const output = new Output({ format: new WebMOutputFormat(), target: new BufferTarget() });
  const source = new EncodedVideoPacketSource('vp8');
  output.addVideoTrack(source);
  await output.start();
  const packets: Promise<void>[] = [];
  const encoder = new VideoEncoder({
    output: (chunk, about) => packets.push(source.add(EncodedPacket.fromEncodedChunk(chunk), about)),
    error: (error) => packets.push(Promise.reject(error)),
  });
  encoder.configure({ codec: 'vp8', width, height, bitrate: 300_000, latencyMode: 'realtime' });
  const ctx = new OffscreenCanvas(width, height).getContext('2d');
  for (const [i, timeSec] of times.entries()) {
    if (ctx) ctx.fillStyle = '#345';
    ctx?.fillRect(0, 0, width, height);
    if (ctx) ctx.fillStyle = '#fc3';
    ctx?.fillRect((i * 16) % width, 400, 60, 200);
    if (!ctx) throw new Error('there is no canvas');
    const frame = new VideoFrame(ctx.canvas, { timestamp: Math.round(timeSec * 1e6) });
    encoder.encode(frame, { keyFrame: i === 0 });
    frame.close();
    if (encoder.encodeQueueSize > 8)
      await new Promise((resolve) => encoder.addEventListener('dequeue', resolve, { once: true }));
  }
  await encoder.flush();
  encoder.close();
  await Promise.all(packets);
  await output.finalize();
  return new Blob([output.target.buffer ?? new ArrayBuffer(0)], { type: 'video/webm' });
}

export function timelineUnder(overlay: MolmoOverlay): MolmoTimeline {
  const timeline = document.createElement('molmo-timeline');
  timeline.style.width = '640px';
  timeline.overlay = overlay;
  document.body.append(timeline);
  return timeline;
}

export function partOf(timeline: MolmoTimeline, name: string): HTMLElement {
  const part = timeline.shadowRoot?.querySelector<HTMLElement>(`[part=${name}]`);
  if (!part) throw new Error(`the time line has no part ${name}`);
  return part;
}
