// What a tab shows, kept by the browser in IndexedDB until the tab is closed or a day is over, so that a reload shows it again.

import type { SavedChat } from '../../src/index.ts';
import type { Media } from '../media/media.ts';
import { newId } from '../new-id.ts';
import type { Turn } from '../talk/turn.ts';

export interface KeptMedia {
  /** Of these media and no others. */
  readonly id: string;
  readonly media: Media;
  /** Name of the sample that they are. */
  readonly sample: string | null;
}

export interface KeptTalk {
  readonly mediaId: string;
  readonly turns: readonly Turn[];
  readonly chat: SavedChat | null;
}

export interface KeptVisit {
  readonly media: KeptMedia;
  readonly talk: KeptTalk | null;
}

export interface VisitStore {
  read(): Promise<KeptVisit | null>;
  keepMedia(media: KeptMedia | null): Promise<void>;
  keepTalk(talk: KeptTalk): Promise<void>;
}

const stores = ['media', 'talk'] as const;
const longestMs = 24 * 3600 * 1000;

interface Dated<T> {
  readonly atMs: number;
  readonly value: T;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed.')));
  });
}

async function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open('molmo2-visits', 1);
  request.addEventListener('upgradeneeded', () => {
    for (const name of stores) request.result.createObjectStore(name);
  });
  return settled(request);
}

/** This tab's own name; a reload keeps it. */
function tabKey(): string {
  const known = sessionStorage.getItem('molmo2-tab');
  const key = known ?? newId();
  sessionStorage.setItem('molmo2-tab', key);
  return key;
}

/** Deletes what closed tabs have left. */
async function forgetOld(database: IDBDatabase): Promise<void> {
  const transaction = database.transaction(stores, 'readwrite');
  for (const name of stores) {
    const store = transaction.objectStore(name);
    for (const key of await settled(store.getAllKeys())) {
      const found = (await settled(store.get(key))) as Dated<unknown> | undefined;
      if (found && found.atMs < Date.now() - longestMs) store.delete(key);
    }
  }
}

const nothing: VisitStore = {
  read: () => Promise.resolve(null),
  keepMedia: () => Promise.resolve(),
  keepTalk: () => Promise.resolve(),
};

/** Opens the store; where the browser keeps nothing for this page, one that is always empty. */
export async function openVisitStore(): Promise<VisitStore> {
  try {
    const database = await opened();
    const key = tabKey();
    void forgetOld(database).catch(() => {});
    const write = async (store: (typeof stores)[number], value: unknown) => {
      const transaction = database.transaction(store, 'readwrite');
      const all = transaction.objectStore(store);
      const request: IDBRequest =
        value === null ? all.delete(key) : all.put({ atMs: Date.now(), value }, key);
      // The browser has all of it now: a page that is left at once loses nothing.
      transaction.commit();
      // A disk that is full costs the reload, not the visit.
      await settled(request).catch(() => {});
    };
    const read = async <T>(store: (typeof stores)[number]) => {
      const found = database.transaction(store).objectStore(store).get(key);
      return ((await settled(found)) as Dated<T> | undefined)?.value ?? null;
    };
    return {
      async read() {
        const media = await read<KeptMedia>('media');
        const talk = await read<KeptTalk>('talk');
        return media && { media, talk: talk?.mediaId === media.id ? talk : null };
      },
      keepMedia: (media) => write('media', media),
      keepTalk: (talk) => write('talk', talk),
    };
  } catch {
    return nothing;
  }
}
