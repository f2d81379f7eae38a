// Bias and penalties on the GPU: one more step between the logits of a token and the choice of the next.

import type { LogitsOptions } from '../../decoder/logits-processors.ts';
import { Arena, writeTensor } from '../../gpu/arena.ts';
import type { PreparedList, Step } from '../../gpu/pipelines.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import { matrixShape } from '../../gpu/tensor.ts';
import {
  penalizeLogits,
  type FedTensors,
  type PenaltyTensors,
} from '../../kernels/tokens/penalize-logits.ts';

export class PenaltySteps {
  readonly #device: GPUDevice;
  readonly #arena: Arena;
  readonly #tensors: PenaltyTensors;
  readonly #list: PreparedList;
  readonly #vocabSize: number;

  private constructor(
    device: GPUDevice,
    arena: Arena,
    tensors: PenaltyTensors,
    list: PreparedList,
    vocabSize: number,
  ) {
    this.#device = device;
    this.#arena = arena;
    this.#tensors = tensors;
    this.#list = list;
    this.#vocabSize = vocabSize;
  }

  static async create(runner: GpuRunner, fed: FedTensors): Promise<PenaltySteps> {
    const arena = new Arena(runner.device, 'penalties');
    try {
      const [rows, vocabSize] = matrixShape(fed.logits);
      const tensors = {
        penalties: arena.tensor('penalties', [rows, 3]),
        bias: arena.tensor('bias', [rows, vocabSize]),
        seen: arena.tensor('seen', [rows, vocabSize], 'u32'),
      };
      const list = await runner.prepare([penalizeLogits(tensors, fed)]);
      return new PenaltySteps(runner.device, arena, tensors, list, vocabSize);
    } catch (error) {
      arena.destroy();
      throw error;
    }
  }

  get steps(): readonly Step[] {
    return this.#list.steps;
  }

  /** Begins the answer of a row behind these ids, those of its prompt included. */
  begin({ penalties, logitBias }: LogitsOptions, before: readonly number[], row = 0): void {
    const { repetition, frequency, presence } = penalties;
    const bias = new Float32Array(this.#vocabSize);
    for (const [id, value] of logitBias) bias[id] = value;
    const seen = new Uint32Array(this.#vocabSize);
    for (const id of before) seen[id] = 1; // ids beyond the logits are passed over
    const own = Float32Array.of(repetition, frequency, presence);
    writeTensor(this.#device, this.#tensors.penalties, own, row * own.byteLength);
    writeTensor(this.#device, this.#tensors.bias, bias, row * bias.byteLength);
    writeTensor(this.#device, this.#tensors.seen, seen, row * seen.byteLength);
  }

  destroy(): void {
    this.#list.destroy();
    this.#arena.destroy();
  }
}
