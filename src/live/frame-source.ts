// Where the frames of a live question come from.

/** Frames of what is no `<video>`: a canvas, a decoder, frames that another thread sends. */
export interface FrameSource {
  /**
   * The newest frame, once there is one that was not given before; null where no more will come. The frame is `live`'s own and
   * closed by it. Rejects with the signal's reason.
   */
  next(signal?: AbortSignal): Promise<ImageBitmap | null>;
  /** Called once, when no more frames are wanted. */
  close?(): void;
}
