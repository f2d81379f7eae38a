// The decode loop of several rows over one cache: each row is a sequence of its own, and all take a token in every step, so that
// each weight is read once for all of them. Lists are recorded once; what changes per token lives in small buffers on the GPU.

import type { KvCache } from '../../decoder/kv-cache.ts';
import type { LogitsOptions } from '../../decoder/logits-processors.ts';
import type { Candidates } from '../../decoder/sampling.ts';
import { invariant } from '../../errors.ts';
import { Arena, writeTensor } from '../../gpu/arena.ts';
import type { PreparedList, Step } from '../../gpu/pipelines.ts';
import { ReadbackRing } from '../../gpu/readback-ring.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import { elementCount } from '../../gpu/tensor.ts';
import { branchCursorWords, cursorWords, type RowCursor } from '../../kernels/attention/cursors.ts';
import { stopsWords, writeStops } from '../../kernels/tokens/advance.ts';
import { argmaxSlices } from '../../kernels/tokens/argmax.ts';
import { PenaltySteps } from '../answer/penalty-steps.ts';
import type { PrefillModel } from '../gpu/prefill.ts';
import { TokenDraws } from '../decode/token-draws.ts';
import { greedyList, tokenList, type TokenTensors } from '../decode/token-list.ts';

/** Where a row begins to decode. */
export interface RowStart {
  /** The token to feed first. */
  readonly id: number;
  readonly cursor: RowCursor;
  /** Steps that it takes at most. */
  readonly steps: number;
  readonly endIds: readonly number[];
  /** What becomes of its logits before a token is chosen on the GPU; null leaves them. */
  readonly change: LogitsOptions | null;
  /** All ids before its answer, for penalties. */
  readonly before: readonly number[];
}

const mostQueued = 4;
const unchanged: LogitsOptions = {
  logitBias: new Map(),
  penalties: { repetition: 1, frequency: 0, presence: 0 },
};

export class RowLoop {
  readonly rows: number;
  readonly #runner: GpuRunner;
  readonly #arena: Arena;
  readonly #tensors: TokenTensors;
  readonly #list: PreparedList; // all rows' logits, then the choice of the likeliest
  readonly #choice: number; // steps of that choice
  readonly #ring: ReadbackRing;
  #steps: readonly Step[];
  #penalties: PenaltySteps | null = null;
  #draws: TokenDraws | null = null;

  private constructor(
    runner: GpuRunner,
    arena: Arena,
    tensors: TokenTensors,
    list: PreparedList,
    choice: number,
    ring: ReadbackRing,
  ) {
    this.rows = elementCount(tensors.id.shape);
    this.#runner = runner;
    this.#arena = arena;
    this.#tensors = tensors;
    this.#list = list;
    this.#choice = choice;
    this.#steps = list.steps;
    this.#ring = ring;
  }

  static async create(
    { runner, config, weights }: Omit<PrefillModel, 'memory'>,
    cache: KvCache,
    rows: number,
  ): Promise<RowLoop> {
    const arena = new Arena(runner.device, 'decode rows');
    let ring: ReadbackRing | null = null;
    try {
      const tensors = {
        id: arena.tensor('ids', [rows], 'u32'),
        cursor: arena.tensor('cursors', [rows, branchCursorWords], 'u32'),
        stops: arena.tensor('stops', [rows, stopsWords], 'u32'),
        logits: arena.tensor('logits', [rows, config.vocabSize]),
        best: arena.tensor('best', [rows, argmaxSlices(config.vocabSize), 2], 'u32'),
      };
      ring = new ReadbackRing(runner.device, tensors.id, mostQueued);
      const token = tokenList(runner.kernels, config, weights, cache, tensors, arena);
      const choice = greedyList(runner.kernels, tensors);
      const list = await runner.prepare([...token, ...choice]);
      return new RowLoop(runner, arena, tensors, list, choice.length, ring);
    } catch (error) {
      ring?.destroy();
      arena.destroy();
      throw error;
    }
  }

  /** Dispatches of a step. */
  get dispatches(): number {
    return this.#steps.length;
  }

  /**
   * Whether the device computes beside this thread: steps are worth queueing ahead, and candidates are sorted on it. A software
   * driver computes on the processor that reads its memory at once.
   */
  get isBeside(): boolean {
    return !this.#runner.kernels.capabilities.software;
  }

  /** Steps that are worth queueing while nobody has to choose between them. */
  get window(): number {
    return this.isBeside ? mostQueued : 1;
  }

  /** Steps under way whose ids nobody took. */
  get pending(): number {
    return this.#ring.pending;
  }

  /** Begins all rows. */
  async begin(starts: readonly RowStart[]): Promise<void> {
    invariant(starts.length === this.rows, `${starts.length} starts for ${this.rows} rows`);
    const { device } = this.#runner;
    const { id, cursor, stops } = this.#tensors;
    const words = new Uint32Array(this.rows * stopsWords);
    starts.forEach(({ cursor: { position }, steps, endIds }, row) => {
      const own = words.subarray(row * stopsWords, (row + 1) * stopsWords);
      writeStops(own, position + steps, endIds);
    });
    writeTensor(device, stops, words);
    writeTensor(
      device,
      id,
      Uint32Array.from(starts, (start) => start.id),
    );
    writeTensor(device, cursor, cursorWords(starts.map((start) => start.cursor)));
    const { steps } = this.#list;
    this.#steps = steps;
    if (starts.every(({ change }) => change === null)) return;
    this.#penalties ??= await PenaltySteps.create(this.#runner, this.#tensors);
    for (const [row, { change, before }] of starts.entries())
      this.#penalties.begin(change ?? unchanged, change ? before : [], row);
    this.#steps = steps.toSpliced(steps.length - this.#choice, 0, ...this.#penalties.steps);
  }

  /** Queues a step of all rows, which ends with each row's likeliest token as the next that it is fed. */
  submit(): void {
    this.#ring.submit(this.#steps);
  }

  /** The ids [rows] that the earliest step under way chose; of a row that has stopped the same as before. */
  async next(): Promise<Uint32Array> {
    try {
      return await this.#ring.next();
    } finally {
      this.#runner.check(); // a lost device says more than a mapping that failed
    }
  }

  /** Makes another token than the likeliest, or none, the next of a row. Nothing may be under way. */
  put(row: number, id: number, cursor: RowCursor): void {
    const { device } = this.#runner;
    const words = cursorWords([cursor]);
    writeTensor(device, this.#tensors.id, Uint32Array.of(id), 4 * row);
    writeTensor(device, this.#tensors.cursor, words, row * words.byteLength);
  }

  /** The most likely tokens of each row, of the logits that were computed last. */
  async candidates(temperatures: readonly number[]): Promise<Candidates[]> {
    this.#draws ??= await TokenDraws.create(this.#runner, this.#tensors);
    return this.#draws.candidates(temperatures);
  }

  /** The logits [V] of a row that were computed last. */
  async logits(row: number): Promise<Float32Array<ArrayBuffer>> {
    const { logits } = this.#tensors;
    const rowBytes = logits.byteLength / this.rows;
    return new Float32Array(await this.#runner.read(logits, row * rowBytes, rowBytes));
  }

  destroy(): void {
    this.#ring.destroy();
    this.#draws?.destroy();
    this.#penalties?.destroy();
    this.#list.destroy();
    this.#arena.destroy();
  }
}
