/** What a container stores of one coded frame; packets are listed in decoding order. */
export interface StoredPacket {
  /** Tells packets apart. */
  readonly sequence: number;
  readonly startSec: number;
  /** 0 where the container does not say. */
  readonly durationSec: number;
  /** Whether decoding can begin here, as the container says. */
  readonly isKey: boolean;
  /** False for a packet that only prepares later ones: the decoder needs it, and no picture comes of it. */
  readonly isShown: boolean;
}
