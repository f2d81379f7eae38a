// The forward passes of a model as sessions of onnxruntime-web.

import type { ModelConfig } from '../config.ts';
import { invariant, Molmo2Error } from '../errors.ts';
import type { Angles, DecodedRows, NewRows, Passes, PlainModel } from '../fallback.ts';
import { decoderModel } from './decoder-graph.ts';
import type { OnnxRuntime, RuntimeSession, RuntimeTensor } from './runtime.ts';
import { connectorModel, encoderModel } from './vision-graphs.ts';

type Feeds = Record<string, RuntimeTensor>;

const unseen = -1e30; // added to a score, nothing is left of its share

export class OnnxPasses implements Passes {
  readonly #runtime: OnnxRuntime;
  readonly #model: PlainModel;
  /** By what they compute; made when they are first used. */
  readonly #sessions = new Map<string, Promise<RuntimeSession>>();

  private constructor(runtime: OnnxRuntime, model: PlainModel) {
    this.#runtime = runtime;
    this.#model = model;
  }

  /** Makes the session that every answer needs. Throws `unsupported-model` where the package does not take it. */
  static async open(runtime: OnnxRuntime, model: PlainModel): Promise<OnnxPasses> {
    const passes = new OnnxPasses(runtime, model);
    await passes.#decoder();
    return passes;
  }

  /** The package counts its threads when it makes its first session. */
  get description(): string {
    const { versions, wasm } = this.#runtime.env;
    const threads = wasm.numThreads ?? 1;
    return `onnxruntime-web ${versions.web ?? ''} wasm, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  }

  async encode(kind: 'image' | 'video', patches: Uint8Array, crops: number): Promise<Float32Array> {
    const { config, processor } = this.#model;
    const { mean, std } = processor[kind];
    const session = await this.#session('encoder', (tensor) => encoderModel(config, tensor));
    const pixels = config.vit.patchSize ** 2;
    const { taps } = await session.run({
      bytes: new this.#runtime.Tensor('uint8', this.#own(patches), [
        crops * config.vit.numPatches,
        pixels,
        3,
      ]),
      mean: this.#floats(Float32Array.from(mean), [3]),
      std: this.#floats(Float32Array.from(std), [3]),
    });
    return values(taps);
  }

  async connect(taps: Float32Array, windows: Int32Array, window: number): Promise<Float32Array> {
    const { config } = this.#model;
    const session = await this.#session(`connector ${window}`, (tensor) =>
      connectorModel(config, window, tensor),
    );
    const width = config.vit.hiddenSize * config.adapter.vitLayers.length;
    const [rows, tokens] = [taps.length / width, windows.length / window];
    const { counts, mask } = windowInputs(config, windows, window);
    const { features } = await session.run({
      taps: this.#floats(taps, [rows, width]),
      windows: this.#ints(
        Array.from(windows, (row) => (row < 0 ? rows : row)),
        [tokens, window],
      ),
      counts: this.#floats(counts, [tokens, 1]),
      mask: this.#floats(mask, [tokens, window]),
    });
    return values(features);
  }

  async decode(rows: NewRows): Promise<DecodedRows> {
    const { text } = this.#model.config;
    const { ids, added, angles, scaledAngles, mask, known, wanted } = rows;
    const T = ids.length;
    const kvWidth = text.numKvHeads * text.headDim;
    const rotation = (name: string, { cos, sin }: Angles): Feeds => ({
      [`${name}cos`]: this.#floats(cos, [T, text.headDim / 2]),
      [`${name}sin`]: this.#floats(sin, [T, text.headDim / 2]),
    });
    const feeds: Feeds = {
      ids: this.#ints(Array.from(ids), [T]),
      added: this.#floats(added, [T, text.hiddenSize]),
      mask: this.#floats(mask, [T, mask.length / T]),
      wanted: this.#ints(wanted, [wanted.length]),
      ...rotation('', angles),
      ...(scaledAngles && rotation('scaled ', scaledAngles)),
    };
    known.forEach(({ keys, values: known }, layer) => {
      feeds[`keys.${layer}`] = this.#floats(keys, [keys.length / kvWidth, kvWidth]);
      feeds[`values.${layer}`] = this.#floats(known, [known.length / kvWidth, kvWidth]);
    });
    const session = await this.#decoder();
    // A graph has no input that nothing reads.
    const read = Object.fromEntries(session.inputNames.map((name) => [name, found(feeds, name)]));
    const outputs = await session.run(read);
    return {
      logits: values(outputs['logits']),
      layers: known.map((_, layer) => ({
        keys: values(outputs[`new keys.${layer}`]),
        values: values(outputs[`new values.${layer}`]),
      })),
    };
  }

  async close(): Promise<void> {
    const open = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of open) await session.then((one) => one.release()).catch(() => {});
  }

  #decoder(): Promise<RuntimeSession> {
    return this.#session('decoder', (tensor) => decoderModel(this.#model.config, tensor));
  }

  #session(
    name: string,
    graph: (tensor: (name: string) => Float32Array) => Uint8Array<ArrayBuffer>,
  ): Promise<RuntimeSession> {
    const known = this.#sessions.get(name);
    if (known) return known;
    const made = this.#create(
      name,
      graph((tensor) => this.#model.tensor(tensor)),
    );
    this.#sessions.set(name, made);
    made.catch(() => this.#sessions.delete(name)); // asked for again, it may be had
    return made;
  }

  async #create(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<RuntimeSession> {
    try {
      return await this.#runtime.InferenceSession.create(bytes, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
      });
    } catch (cause) {
      throw new Molmo2Error(
        'unsupported-model',
        `onnxruntime-web ${this.#runtime.env.versions.web ?? ''} does not run the model's ${name} (${bytes.byteLength} bytes): ${String(cause)}. Use a newer onnxruntime-web, or check that its .wasm file is where env.wasm.wasmPaths says.`,
        { cause },
      );
    }
  }

  #floats(data: Float32Array, dims: readonly number[]): RuntimeTensor {
    return new this.#runtime.Tensor('float32', this.#own(data), dims);
  }

  /** What the package may take: a worker of its own takes the memory of all that it is fed with. */
  #own<T extends Float32Array | Uint8Array>(data: T): T {
    return this.#runtime.env.wasm.proxy ? (data.slice() as T) : data;
  }

  #ints(data: readonly number[], dims: readonly number[]): RuntimeTensor {
    return new this.#runtime.Tensor('int64', BigInt64Array.from(data, BigInt), dims);
  }
}

function found(feeds: Feeds, name: string): RuntimeTensor {
  const feed = feeds[name];
  invariant(feed, `nothing feeds ${name}`);
  return feed;
}

function values(tensor: RuntimeTensor | undefined): Float32Array {
  const data = tensor?.data;
  invariant(data instanceof Float32Array, 'a session gives floats');
  return data;
}

/** By how many rows a window's sum is divided, and what is added to the scores of each. */
function windowInputs({ adapter }: ModelConfig, windows: Int32Array, window: number) {
  const tokens = windows.length / window;
  const counts = new Float32Array(tokens).fill(window);
  const mask = new Float32Array(windows.length);
  if (!adapter.poolingAttentionMask) return { counts, mask };
  for (let token = 0; token < tokens; token++) {
    const own = windows.subarray(token * window, (token + 1) * window);
    counts[token] = Math.max(1, own.filter((row) => row >= 0).length);
    own.forEach((row, i) => {
      if (row < 0) mask[token * window + i] = unseen;
    });
  }
  return { counts, mask };
}
