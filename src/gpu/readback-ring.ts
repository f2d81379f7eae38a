// A few words that come back after each of several submits, which are under way at the same time.

import { settle } from '#gpu/instance';
import { invariant } from '../errors.ts';
import { createBuffer } from './allocation.ts';
import type { Step } from './pipelines.ts';
import { submitSteps } from './replay.ts';
import { elementCount, type Tensor } from './tensor.ts';

const stagingUsage = 0x1 | 0x8; // MAP_READ | COPY_DST
const wordBytes = 4;

interface Slot {
  readonly copy: { readonly from: Tensor; readonly to: GPUBuffer; readonly byteLength: number };
  mapped: Promise<undefined> | null;
}

export class ReadbackRing {
  readonly #device: GPUDevice;
  readonly #slots: Slot[] = [];
  /** Submits and words taken since the ring was empty. */
  #submitted = 0;
  #taken = 0;

  /** Brings back the words of `tensor`; at most `slots` submits are under way. */
  constructor(device: GPUDevice, tensor: Tensor, slots: number) {
    this.#device = device;
    const byteLength = wordBytes * elementCount(tensor.shape);
    try {
      for (let i = 0; i < slots; i++) {
        const to = createBuffer(device, { label: `readback ${i}`, size: byteLength, usage: stagingUsage });
        this.#slots.push({ copy: { from: tensor, to, byteLength }, mapped: null });
      }
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** Submits under way whose words nobody took. */
  get pending(): number {
    return this.#submitted - this.#taken;
  }

  /** Runs the steps; the tensor's words after them will be the next but `pending`. */
  submit(steps: readonly Step[]): void {
    invariant(this.pending < this.#slots.length, `${this.#slots.length} submits are under way already`);
    const slot = this.#slot(this.#submitted);
    submitSteps(this.#device, steps, slot.copy);
    slot.mapped = slot.copy.to.mapAsync(0x1);
    slot.mapped.catch(() => {}); // told to whoever takes the word, if anybody does
    this.#submitted += 1;
  }

  /** The words of the earliest submit under way. */
  async next(): Promise<Uint32Array<ArrayBuffer>> {
    const slot = this.#slot(this.#taken);
    invariant(slot.mapped, 'nothing was submitted');
    await settle(slot.mapped);
    const words = new Uint32Array(slot.copy.to.getMappedRange().slice(0));
    slot.copy.to.unmap();
    slot.mapped = null;
    this.#taken += 1;
    return words;
  }

  /** Gives up all words under way, without waiting; the ring can be used again at once. */
  clear(): void {
    for (const slot of this.#slots) {
      if (slot.mapped) slot.copy.to.unmap(); // ends a mapping that is still to come, too
      slot.mapped = null;
    }
    this.#submitted = 0;
    this.#taken = 0;
  }

  destroy(): void {
    this.clear();
    for (const { copy } of this.#slots) copy.to.destroy();
  }

  #slot(count: number): Slot {
    const slot = this.#slots[count % this.#slots.length];
    invariant(slot, 'a ring has slots');
    return slot;
  }
}
