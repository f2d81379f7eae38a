// A mask on the GPU: one more step between the logits of a token and the choice of the next.

import { Arena, writeTensor } from '../../gpu/arena.ts';
import type { PreparedList, Step } from '../../gpu/pipelines.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import { maskLogits } from '../../kernels/tokens/mask-logits.ts';

export class MaskSteps {
  readonly #device: GPUDevice;
  readonly #arena: Arena;
  readonly #mask: Tensor;
  readonly #list: PreparedList;

  private constructor(device: GPUDevice, arena: Arena, mask: Tensor, list: PreparedList) {
    this.#device = device;
    this.#arena = arena;
    this.#mask = mask;
    this.#list = list;
  }

  /** For logits [T, V]. */
  static async create(runner: GpuRunner, logits: Tensor): Promise<MaskSteps> {
    const arena = new Arena(runner.device, 'expect');
    try {
      const [T, V] = matrixShape(logits);
      const mask = arena.tensor('mask', [T, Math.ceil(V / 32)], 'u32');
      return new MaskSteps(runner.device, arena, mask, await runner.prepare([maskLogits(mask, logits)]));
    } catch (error) {
      arena.destroy();
      throw error;
    }
  }

  get steps(): readonly Step[] {
    return this.#list.steps;
  }

  /** What the next run of the steps allows, a bit for each token of each row. */
  write(mask: Uint32Array<ArrayBuffer>): void {
    writeTensor(this.#device, this.#mask, mask);
  }

  destroy(): void {
    this.#list.destroy();
    this.#arena.destroy();
  }
}
