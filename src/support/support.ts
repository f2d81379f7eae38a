// What `checkSupport` finds out, as plain data.

import type { BrowserName, SystemName } from '../gpu/missing/browser.ts';
import type { NoWebGpuReason } from '../gpu/missing/no-webgpu.ts';
import type { LoadPlan } from '../weights/planner.ts';
import type { WeightFormat } from '../weights/formats/formats.ts';

/** What this browser or machine can do for a model. Plain data: it can be sent to a worker, kept, or written as JSON. */
export interface Support {
  /** Whether a model can be loaded here: there is a WebGPU adapter. */
  readonly ok: boolean;
  /** One sentence: what computes here, or what is missing and what to do about it. */
  readonly message: string;
  /** Of this package. */
  readonly version: string;
  readonly platform: SupportPlatform;
  readonly webgpu: WebGpuSupport;
  readonly storage: StorageSupport;
  readonly video: VideoSupport;
  /** Whether workers can be started; without them, and in Node, `load` computes on the caller's thread (`thread: 'page'`). */
  readonly workers: boolean;
  /** Whether the page is `crossOriginIsolated`. Nothing here needs that but a fallback's threads. */
  readonly crossOriginIsolated: boolean;
  /** Whether `load({ fallback })` could let a small model answer here without WebGPU. */
  readonly fallback: boolean;
  /** Models of the catalogue and how they fit this adapter; empty where there is none. */
  readonly models: readonly ModelFit[];
}

/** What is found out beside the GPU, in a page and in Node each in its own way. */
export type SupportEnvironment = Pick<
  Support,
  'platform' | 'storage' | 'video' | 'workers' | 'crossOriginIsolated' | 'fallback'
>;

/** Where this runs. */
export interface SupportPlatform {
  readonly runtime: 'page' | 'worker' | 'node';
  /** Null in Node. */
  readonly browser: {
    /** `chrome` for everything that is built on Chromium and does not say that it is Edge. */
    readonly name: BrowserName;
    /** Null where the browser does not tell. */
    readonly version: number | null;
    readonly userAgent: string;
  } | null;
  readonly system: SystemName;
  /** In Node what computes and decodes there (`node`, `webgpu`, `system` and so on); else empty. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A GPU, or why there is none. */
export type WebGpuSupport = WebGpuPresent | WebGpuMissing;

/** The adapter, and what it can do. */
export interface WebGpuPresent {
  readonly available: true;
  readonly adapter: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    /** True for drivers that compute on the processor: right but slow. */
    readonly isFallbackAdapter: boolean;
  };
  /** 16-bit floats (`shader-f16`). */
  readonly f16: boolean;
  /** Smallest and largest number of lanes, equal where kernels can rely on it; null without the feature `subgroups`. */
  readonly subgroups: readonly [number, number] | null;
  /** Products of packed int8 in WGSL. */
  readonly packedIntegers: boolean;
  /** All features of the adapter, sorted. */
  readonly features: readonly string[];
  /** Limits of the adapter that decide what fits and which kernels are chosen. */
  readonly limits: SupportLimits;
}

/** Limits of the adapter, as WebGPU names them. */
export interface SupportLimits {
  /** Bytes. */
  readonly maxBufferSize: number;
  /** Bytes that one kernel sees of a buffer. */
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  /** Bytes. */
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}

/** Why there is no adapter, and what can be done about it. */
export interface WebGpuMissing {
  readonly available: false;
  /** `failed` where the browser threw an error of its own. */
  readonly reason: NoWebGpuReason | 'failed';
  /** What is the case, one sentence. */
  readonly message: string;
  /** What a person can do in this very browser, the likeliest first; a sentence each. */
  readonly steps: readonly string[];
}

/** Where a model can be kept for the next time. Node reads models from the disk and keeps no copies. */
export interface StorageSupport {
  /** The browser's own file system, in which models are kept (OPFS). */
  readonly opfs: boolean;
  readonly indexedDb: boolean;
  /** Bytes that the browser has set aside for this site; null where it does not tell. */
  readonly quotaBytes: number | null;
  /** Bytes that this site uses of it; null where the browser does not tell. */
  readonly usageBytes: number | null;
  /** Whether what is kept stays when the disk fills up. Nobody is asked for it; null where the browser does not tell. */
  readonly persisted: boolean | null;
}

/** Codecs that are decoded here: by the browser (WebCodecs), in Node by an installed ffmpeg. */
export interface VideoSupport {
  /** `none` where frames have to be given one by one. */
  readonly decoder: 'webcodecs' | 'ffmpeg' | 'none';
  readonly h264: boolean;
  readonly hevc: boolean;
  readonly vp8: boolean;
  readonly vp9: boolean;
  readonly av1: boolean;
}

/** The name of a codec in `VideoSupport`. */
export type VideoCodec = Exclude<keyof VideoSupport, 'decoder'>;

/** How a model fits, as `Molmo2.plan` would say it, from the catalogue alone. */
export interface ModelFit {
  /** What `load({ model })` takes. */
  readonly model: string;
  /** The format that it is loaded with when nothing else is asked for. */
  readonly weights: WeightFormat;
  /**
   * By the limits of the adapter, and by `memoryBytes` where that was given: no browser tells how much memory a GPU has.
   */
  readonly plan: LoadPlan;
  /** Whether the browser has room to keep it; null where it does not tell, and for the embedded model. */
  readonly canBeKept: boolean | null;
}
