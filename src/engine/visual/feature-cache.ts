// Image features that were computed before, on the GPU, by the content of their picture or frame. What was used least
// recently goes first; nothing that the question under way uses goes at all, so that a video longer than the budget
// keeps its beginning instead of pushing itself out.

import { allocatedIfPossible } from '../../gpu/allocation.ts';
import { Arena } from '../../gpu/arena.ts';
import { bindingAlignment, matrixShape, tensorBytes, type Tensor } from '../../gpu/tensor.ts';

interface Kept {
  readonly arena: Arena;
  readonly features: Tensor; // [tokens, C]
  /** Number of the question that used it last. */
  question: number;
}

/** Where features are looked up. */
export type KnownFeatures = Pick<FeatureCache, 'find'>;

export class FeatureCache {
  readonly #device: GPUDevice;
  readonly #budgetBytes: number;
  #limitBytes: number;
  readonly #kept = new Map<string, Kept>(); // the least recently used first
  #byteLength = 0;
  #question = 0;

  /** `budgetBytes` 0 keeps nothing. */
  constructor(device: GPUDevice, budgetBytes: number) {
    this.#device = device;
    this.#budgetBytes = budgetBytes;
    this.#limitBytes = budgetBytes;
  }

  /** What features may take at most. */
  get budgetBytes(): number {
    return this.#budgetBytes;
  }

  /**
   * From now on they take no more than this, and no more than the budget. To be called before anything of a question is
   * looked up.
   */
  limit(bytes: number): void {
    this.#limitBytes = Math.min(this.#budgetBytes, bytes);
    for (const key of [...this.#kept.keys()]) {
      if (this.#byteLength <= this.#limitBytes) return;
      this.#drop(key);
    }
  }

  /** Bytes of all buffers; never more than the budget. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** From now on, what earlier questions used may go. */
  beginQuestion(): void {
    this.#question += 1;
  }

  /** The features [tokens, C] of a content; they stay at least as long as the question under way. */
  find(key: string): Tensor | null {
    const kept = this.#kept.get(key);
    if (!kept) return null;
    kept.question = this.#question;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.features;
  }

  /**
   * Keeps a copy of the rows [row, row + rows) of `from` [n, C], where there is room or can be made. `from` stays as it is until
   * this returns.
   */
  async keep(key: string, from: Tensor, row: number, rows: number): Promise<void> {
    if (this.find(key)) return;
    const columns = matrixShape(from)[1];
    const byteLength = tensorBytes([rows, columns], from.dtype);
    const size = Math.ceil(byteLength / bindingAlignment) * bindingAlignment;
    if (!this.#makeRoom(size)) return;
    const arena = new Arena(this.#device, 'kept features');
    this.#byteLength += size;
    const make = () => arena.tensor('image features', [rows, columns], from.dtype);
    const features = await allocatedIfPossible(this.#device, make);
    if (!features || this.#kept.has(key)) {
      arena.destroy();
      this.#byteLength -= size;
      // A device that is full has no memory for what only saves time.
      if (!features) this.#limitBytes = Math.min(this.#limitBytes, this.#byteLength);
      return;
    }
    const encoder = this.#device.createCommandEncoder();
    const start = from.byteOffset + tensorBytes([row, columns], from.dtype);
    encoder.copyBufferToBuffer(from.buffer, start, features.buffer, features.byteOffset, byteLength);
    this.#device.queue.submit([encoder.finish()]);
    this.#kept.set(key, { arena, features, question: this.#question });
  }

  /** Lets features go that nobody will ask for again. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#drop(key);
  }

  /** Lets all features go that the question under way has kept or used. */
  forgetQuestion(): void {
    for (const [key, { question }] of [...this.#kept]) if (question === this.#question) this.#drop(key);
  }

  /** Gives all memory back; what is asked for later is kept again. */
  clear(): void {
    for (const key of [...this.#kept.keys()]) this.#drop(key);
  }

  #makeRoom(size: number): boolean {
    if (size > this.#limitBytes) return false;
    for (const [key, { question }] of [...this.#kept]) {
      if (this.#byteLength + size <= this.#limitBytes) return true;
      if (question === this.#question) return false;
      this.#drop(key);
    }
    return this.#byteLength + size <= this.#limitBytes;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    this.#byteLength -= kept.arena.byteLength;
    kept.arena.destroy();
  }
}
