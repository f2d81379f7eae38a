// How long the last frame of a fragmented MP4 lasts. ffprobe guesses it from the rate; the file says it.

/** Seconds that the track with this id shows the frame at `startSec`; undefined where the file does not say. */
export async function fragmentDuration(
  path: string,
  trackId: number,
  startSec: number,
): Promise<number | undefined> {
  const { EncodedPacketSink, FilePathSource, Input, MP4, QTFF } = await import('mediabunny');
  const input = new Input({ formats: [MP4, QTFF], source: new FilePathSource(path) });
  try {
    const track = (await input.getVideoTracks()).find(({ id }) => id === trackId);
    if (!track) return undefined;
    const packet = await new EncodedPacketSink(track).getPacket(startSec + 1e-5, { metadataOnly: true });
    return packet && Math.abs(packet.timestamp - startSec) < 1e-4 ? packet.duration : undefined;
  } catch {
    // A damaged end has no length; ffmpeg has decoded what there is.
    return undefined;
  } finally {
    input.dispose();
  }
}
