// What the parts of the benchmark hand each other: cases that open into contenders, and the report.

import type { GpuRunner } from '../../src/gpu/runner.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import type { OnnxRuntime } from '../../src/onnx/runtime.ts';

export type SuiteName = 'denominators' | 'kernels' | 'vision' | 'prefill' | 'decode' | 'video' | 'load';

/** What the machine can do at most, measured in the same run; null where it cannot be measured. */
export interface Denominators {
  readonly readGBs: number | null;
  readonly fma32Gflops: number | null;
  readonly fma16Gflops: number | null;
  readonly dispatchUs: number | null;
  /** Our own dense f16 matmul (f32 where the adapter has no f16). */
  readonly matmulGflops: number | null;
}

/** Something that can be timed. */
export interface Contender {
  /** For the report: 'molmo2-webgpu matmul-q4', 'onnxruntime-web 1.30 webgpu, accuracy level 4'. */
  readonly name: string;
  /**
   * Does the work `times` times and resolves when the GPU has done all of it; with milliseconds where only a part of what
   * it did counts.
   */
  run(times: number): Promise<number | void>;
}

export interface CheckResult {
  readonly ok: boolean;
  /** Largest difference from the reference, relative to the reference's largest value. */
  readonly error: number;
  readonly limit: number;
}

/** Numbers beside a row's time, by names that say their unit: 'gpuMs', 'idleMs', 'pipelines'. */
export type Figures = Readonly<Record<string, number>>;

/** A case with its buffers made and its pipelines compiled. */
export interface OpenCase {
  readonly ours: Contender;
  readonly peer: Contender | null;
  /** Why there is no peer although the case is a shared one: it failed to load, or its numbers were wrong. */
  readonly peerProblem?: string | undefined;
  /** Which of the peer's graphs were left out and why, although another one is the peer. */
  readonly peerNotes?: readonly string[] | undefined;
  /** Runs once and compares with the reference; called before anything is timed. */
  check(): Promise<CheckResult>;
  /** Further numbers of the row, taken after it was timed: what it costs on the GPU alone, how many pipelines it has. */
  figures?(): Promise<Figures>;
  close(): void;
}

export interface CaseContext {
  readonly runner: GpuRunner;
  readonly kernels: KernelSettings;
  /** Null when the peer is switched off or cannot run here. */
  readonly peer: Peer | null;
}

/** One row of the report before it is measured. */
export interface BenchCase {
  readonly suite: SuiteName;
  readonly name: string;
  readonly shape: string;
  /** Work of one run: multiply-add = 2 FLOP; bytes are those that must be read or written once. */
  readonly work: { readonly amount: number; readonly unit: 'GFLOP' | 'GB' } | null;
  readonly denominator: keyof Denominators | null;
  /** Cases that a software driver finishes in a few seconds; the others need a GPU. */
  readonly software: boolean;
  /** A sample is one run from its start to its end, as a user waits for it; without it, what a run adds to many. */
  readonly whole?: boolean;
  /** Where the time is limited, rows of 1 come first; 3 where nothing is said. */
  readonly worth?: 1 | 2 | 3 | 4;
  /** Seconds that the row takes on a fast GPU in a quick run, with all that comes before it is timed. */
  readonly gpuSec?: number;
  /** Rounds at most, for what takes many seconds a run. */
  readonly rounds?: number;
  open(context: CaseContext): Promise<OpenCase>;
}

/** Another engine on the same device. */
export interface Peer {
  readonly name: string;
  /** `model` is an ONNX file; the session owns GPU memory until it is closed. */
  session(model: Uint8Array): Promise<PeerSession>;
  /** The package, for whole models that it computes on the processor. */
  readonly runtime: OnnxRuntime;
}

export interface PeerTensor {
  readonly type: 'float32' | 'float16' | 'int32' | 'int64';
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint16Array | Int32Array | BigInt64Array;
}

export interface PeerSession {
  /** One run whose outputs come back to the CPU, for checks. */
  run(inputs: Readonly<Record<string, PeerTensor>>): Promise<Record<string, Float32Array>>;
  /** The same work with inputs that stay on the GPU and outputs that are not read. */
  contender(name: string, inputs: Readonly<Record<string, PeerTensor>>): Promise<Contender>;
  close(): Promise<void>;
}

export interface ReportRow {
  readonly suite: SuiteName;
  readonly name: string;
  readonly shape: string;
  /** Null where the check failed: numbers that are wrong have no speed. */
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
  readonly rate: number | null;
  readonly unit: string | null;
  readonly denominator: keyof Denominators | null;
  /** Rate over its denominator. */
  readonly fraction: number | null;
  readonly peer: { readonly name: string; readonly medianMs: number } | null;
  /** The peer's median over ours. */
  readonly ratio: number | null;
  readonly figures?: Figures;
  /** Seconds that the row took with all that comes before it is timed. */
  readonly tookSec?: number;
  readonly check: 'ok' | 'failed';
}

export interface Report {
  readonly when: string;
  readonly adapter: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly features: readonly string[];
  };
  readonly runtime: string;
  readonly denominators: Denominators;
  readonly rows: readonly ReportRow[];
}

/** The report, and what else is worth telling beside it. */
export interface BenchResult {
  readonly report: Report;
  readonly notes: readonly string[];
}
