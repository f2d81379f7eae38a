// The candidates of draws: found on the GPU among all logits, so that a few bytes come back in place of all of them.

import type { Candidates } from '../../decoder/sampling.ts';
import { Arena } from '../../gpu/arena.ts';
import type { PreparedList } from '../../gpu/pipelines.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import { elementCount, matrixShape } from '../../gpu/tensor.ts';
import { topKCount, topKPairs, topKSlices } from '../../kernels/tokens/top-k.ts';
import { drawList, type DrawTensors, type TokenTensors } from './token-list.ts';

const smallestTemperature = 1e-30; // as f32; below it everything but the highest logit weighs nothing

export class TokenDraws {
  readonly #runner: GpuRunner;
  readonly #arena: Arena;
  readonly #tensors: DrawTensors;
  readonly #list: PreparedList;
  readonly #vocabSize: number;
  readonly #temperatures: Float32Array<ArrayBuffer>; // [rows]

  private constructor(
    runner: GpuRunner,
    arena: Arena,
    tensors: DrawTensors,
    list: PreparedList,
    vocabSize: number,
  ) {
    this.#runner = runner;
    this.#arena = arena;
    this.#tensors = tensors;
    this.#list = list;
    this.#vocabSize = vocabSize;
    this.#temperatures = new Float32Array(elementCount(tensors.temperature.shape));
  }

  static async create(runner: GpuRunner, token: TokenTensors): Promise<TokenDraws> {
    const arena = new Arena(runner.device, 'draws');
    try {
      const [rows, vocabSize] = matrixShape(token.logits);
      const tensors = {
        temperature: arena.tensor('temperature', [rows]),
        lists: arena.tensor('lists', [rows, topKSlices(vocabSize), topKPairs, 2], 'u32'),
        candidates: arena.tensor('candidates', [rows, topKPairs, 2], 'u32'),
      };
      const list = await runner.prepare(drawList(token, tensors));
      return new TokenDraws(runner, arena, tensors, list, vocabSize);
    } catch (error) {
      arena.destroy();
      throw error;
    }
  }

  /** The best of each row of the logits that were computed last, one for each of the temperatures. */
  async candidates(temperatures: readonly number[]): Promise<Candidates[]> {
    temperatures.forEach((t, row) => (this.#temperatures[row] = Math.max(smallestTemperature, t)));
    const { buffer, byteOffset } = this.#tensors.temperature;
    this.#runner.device.queue.writeBuffer(buffer, byteOffset, this.#temperatures);
    this.#runner.submit(this.#list);
    const bytes = await this.#runner.read(this.#tensors.candidates);
    const rowBytes = bytes.byteLength / temperatures.length;
    return temperatures.map((_, row) =>
      candidatesOf(bytes.slice(row * rowBytes, (row + 1) * rowBytes), this.#vocabSize),
    );
  }

  destroy(): void {
    this.#list.destroy();
    this.#arena.destroy();
  }
}

/** Reads a list of `top-k-merge`. */
function candidatesOf(bytes: ArrayBuffer, vocabSize: number): Candidates {
  const values = new Float32Array(bytes);
  const words = new Uint32Array(bytes);
  const places = Array.from({ length: Math.min(topKCount, vocabSize) }, (_, i) => 2 * i);
  return {
    ids: places.map((at) => words[at + 1] ?? 0),
    logits: places.map((at) => values[at] ?? 0),
    total: values[2 * topKCount] ?? 0,
    finite: words[2 * topKCount + 1] === 0,
    vocabSize,
  };
}
