// The browser's decoder with its failures and its queue made waitable.

/** Packets in the decoder at most; some decoders give nothing out before they hold many. */
const mostQueued = 40;

/** Whoever makes one closes it. */
export class FrameDecoder {
  readonly #decoder: VideoDecoder;
  #wake: () => void = () => {};
  #failure: Error | null = null;
  /** Called whenever a packet went in or a frame came out. */
  onActivity: () => void = () => {};
  /** Takes or closes each frame that comes out. */
  onFrame: (frame: VideoFrame) => void = (frame) => frame.close();

  constructor(config: VideoDecoderConfig) {
    this.#decoder = new VideoDecoder({
      output: (frame) => {
        this.onActivity();
        this.onFrame(frame);
        this.#wake();
      },
      error: (failure) => this.#fail(failure),
    });
    this.#decoder.addEventListener('dequeue', () => {
      this.onActivity();
      this.#wake();
    });
    this.#decoder.configure(config);
  }

  get isFull(): boolean {
    return this.#decoder.decodeQueueSize >= mostQueued;
  }

  decode(chunk: EncodedVideoChunk): void {
    if (this.#failure !== null) throw this.#failure;
    this.#decoder.decode(chunk);
  }

  /** Waits until a frame came out or a packet went in. Throws what the decoder failed with. */
  async change(): Promise<void> {
    if (this.#failure === null) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure !== null) throw this.#failure;
  }

  /** Asks for all frames that are still inside; `onEnd` is called when they are out. */
  flush(onEnd: () => void): void {
    this.#decoder.flush().then(
      () => {
        onEnd();
        this.#wake();
      },
      (cause: unknown) => this.#fail(cause),
    );
  }

  close(): void {
    this.onFrame = (frame) => frame.close();
    if (this.#decoder.state !== 'closed') this.#decoder.close();
    this.#fail(new Error('the video was closed'));
  }

  #fail(cause: unknown): void {
    this.#failure ??= cause instanceof Error ? cause : new Error(String(cause));
    this.#wake();
  }
}
