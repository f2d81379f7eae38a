// What is used of onnxruntime-web, as far as its types go: the package is the user's, of any version that has this.

/** A tensor on the processor. */
export interface RuntimeTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** A graph that the runtime has made ready. */
export interface RuntimeSession {
  readonly inputNames: readonly string[];
  /** Computes every output of the graph, by its name. */
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  /** Gives its memory back. */
  release(): Promise<void>;
}

/** The module `onnxruntime-web`, or its smaller `onnxruntime-web/wasm`. */
export interface OnnxRuntime {
  readonly env: {
    readonly versions: { readonly web?: string; readonly common?: string };
    /** With `proxy` sessions are in a worker of the package's own, which takes the memory of what it is fed with. */
    readonly wasm: { numThreads?: number; proxy?: boolean };
    logLevel?: 'verbose' | 'info' | 'warning' | 'error' | 'fatal';
  };
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { readonly executionProviders: readonly 'wasm'[]; readonly graphOptimizationLevel: 'all' },
    ): Promise<RuntimeSession>;
  };
  readonly Tensor: {
    new (type: 'float32', data: Float32Array, dims: readonly number[]): RuntimeTensor;
    new (type: 'uint8', data: Uint8Array, dims: readonly number[]): RuntimeTensor;
    new (type: 'int64', data: BigInt64Array, dims: readonly number[]): RuntimeTensor;
  };
}
