// What a run needs to go on after a reload, kept by the browser in IndexedDB: what was asked for, the files that were chosen, and
// the lines of the run's file, each as soon as its question is answered.

import type { EvalRequest } from './request.ts';

/** Whether somebody waits for it: only a run that was under way goes on by itself. */
export type KeptState = 'running' | 'stopped' | 'done';

export interface KeptRun {
  readonly request: EvalRequest;
  readonly state: KeptState;
  /** The lines so far, as in a file. */
  readonly text: string;
}

export interface RunStore {
  read(): Promise<KeptRun | null>;
  /** Forgets the run before and begins another. */
  begin(request: EvalRequest): Promise<void>;
  append(line: string): Promise<void>;
  setState(state: KeptState): Promise<void>;
}

const version = 1;
const stores = { run: 'run', lines: 'lines' } as const;

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed.')));
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(transaction.error ?? new Error('IndexedDB took nothing.'));
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', fail);
    transaction.addEventListener('error', fail);
  });
}

async function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open('molmo2-eval', version);
  request.addEventListener('upgradeneeded', () => {
    request.result.createObjectStore(stores.run);
    request.result.createObjectStore(stores.lines, { autoIncrement: true });
  });
  return settled(request);
}

interface Entry {
  readonly request: EvalRequest;
  readonly state: KeptState;
}

const key = 'last';

/** Opens the store. @throws DOMException where the browser keeps nothing for this page. */
export async function openRunStore(): Promise<RunStore> {
  const database = await opened();
  const names = Object.values(stores);
  const write = async (work: (transaction: IDBTransaction) => void) => {
    // Strict: on the disk before the next question is asked, as far as the browser can tell.
    const transaction = database.transaction(names, 'readwrite', { durability: 'strict' });
    const end = committed(transaction);
    work(transaction);
    await end;
  };
  const read = async (): Promise<KeptRun | null> => {
    const transaction = database.transaction(names, 'readonly');
    const entry = settled<Entry | undefined>(transaction.objectStore(stores.run).get(key));
    const lines = settled<string[]>(transaction.objectStore(stores.lines).getAll());
    const kept = await entry;
    return kept ? { ...kept, text: (await lines).join('') } : null;
  };
  return {
    read,
    begin: (request) =>
      write((transaction) => {
        transaction.objectStore(stores.lines).clear();
        transaction.objectStore(stores.run).put({ request, state: 'running' } satisfies Entry, key);
      }),
    append: (line) => write((transaction) => void transaction.objectStore(stores.lines).add(line)),
    setState: async (state) => {
      const kept = await read();
      if (!kept) return;
      const { request } = kept;
      await write((transaction) => {
        transaction.objectStore(stores.run).put({ request, state } satisfies Entry, key);
      });
    },
  };
}

/** Keeps nothing beyond the page. */
export function memoryStore(): RunStore {
  let kept: KeptRun | null = null;
  return {
    read: () => Promise.resolve(kept),
    begin: (request) => {
      kept = { request, state: 'running', text: '' };
      return Promise.resolve();
    },
    append: (line) => {
      if (kept) kept = { ...kept, text: kept.text + line };
      return Promise.resolve();
    },
    setState: (state) => {
      if (kept) kept = { ...kept, state };
      return Promise.resolve();
    },
  };
}
