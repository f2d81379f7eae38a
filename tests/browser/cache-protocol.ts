// What tests ask of the worker that loads bundles through OPFS.

import type { BundleRecipe } from '../faults/test-bundle.ts';
import type { RetryPolicy } from '../../src/weights/fetch/retry.ts';

export type CacheCommand =
  | {
      readonly type: 'load';
      readonly base: string;
      readonly recipe: BundleRecipe;
      readonly name: string;
      readonly policy?: Partial<Pick<RetryPolicy, 'stallMs' | 'firstWaitMs' | 'failures'>>;
      /** Bytes of shards after which the store says that the disk is full. */
      readonly fullAfter?: number;
      /** Waits this long with every chunk. */
      readonly slowMs?: number;
    }
  /** Aborts the load that is under way. */
  | { readonly type: 'abort' }
  | { readonly type: 'flip'; readonly name: string; readonly file: string; readonly at: number }
  | { readonly type: 'read'; readonly name: string; readonly file: string }
  | {
      readonly type: 'write-local';
      readonly key: string;
      readonly name: string;
      readonly recipe: BundleRecipe;
    }
  | { readonly type: 'load-local'; readonly key: string; readonly recipe: BundleRecipe };

export interface CacheAnswer {
  /** Whether every byte of every shard arrived and is right. */
  readonly right: boolean;
  /** `code: message` of an error; null without one. */
  readonly error: string | null;
  readonly notices: readonly string[];
  readonly missingBytes: number;
  /** Milliseconds from the abort to the end. */
  readonly abortMs: number;
  readonly bytes: Uint8Array | null;
}
