// Where the tabs of one origin that share a model meet: names of channels and locks, and what is said there.

import type { ModelInfo, Progress } from '../../api.ts';
import type { ModelSource } from '../../weights/source/model-source.ts';
import type { LoadSettings } from '../../engine/load-model.ts';
import type { FromWorker, ToHost, ToWorker } from '../protocol.ts';

/** In the room's channel, which every tab and the serving worker hear. */
export type RoomMessage =
  /** A tab wants to be served, or to hear a sign of life. */
  | { readonly type: 'hello'; readonly tab: string }
  /** A worker serves the room from now on; there is one at a time. */
  | { readonly type: 'serving'; readonly server: string }
  /** It loads the model. */
  | { readonly type: 'progress'; readonly server: string; readonly progress: Progress };

/** In a tab's own channel, which one serving worker hears. */
export type TabMessage =
  | {
      readonly to: string;
      readonly message: Exclude<ToWorker, ToHost> | { readonly type: 'bye' };
    }
  | { readonly from: string; readonly message: FromWorker | Welcome };

/** What a hello hears: that the model is loaded, or that it will be. */
export type Welcome = { readonly type: 'welcome'; readonly info: ModelInfo } | { readonly type: 'wait' };

/** Held by the tab whose worker serves the room: the others wait for it, and whoever gets it is the next. */
export const serverLock = (room: string): string => `${room} server`;

/** Name of a tab's own channel, and of the lock that it holds as long as it is there. */
export const tabName = (room: string, tab: string): string => `${room} ${tab}`;

// What tabs say to each other changes with this number, and tabs of an older page may still be open.
const version = 1;

/**
 * The room of those who load the same model in the same way by the same worker, `address`; null for files that a visitor chose,
 * which no other tab can read. A hash, as a source may hold a token.
 */
export async function roomOf(
  source: ModelSource,
  settings: LoadSettings,
  address: string,
): Promise<string | null> {
  if (source.kind === 'files') return null;
  const { weights, cache, kernels, exactActivations = false, tune = true } = settings;
  const { featureCacheBytes, memoryBytes } = settings;
  const asked = { weights, cache, kernels, exactActivations, tune, featureCacheBytes, memoryBytes };
  const bytes = new TextEncoder().encode(JSON.stringify([version, address, source, asked]));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hash = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0'));
  return `molmo2-webgpu ${hash.join('')}`;
}
