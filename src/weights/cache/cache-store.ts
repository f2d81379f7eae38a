// What the model cache needs of a file system. OPFS gives it in a page's worker, a folder or memory in tests.

/** An open file of the cache. */
export interface CacheFile {
  /** Fills `into` with the bytes from `at`; returns how many there were, fewer where the file ends. */
  read(at: number, into: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Throws an error that `isOutOfRoom` knows when the disk is full. */
  write(at: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): void;
}

export interface CacheFolder {
  readonly name: string;
  /** The whole file, or null when there is none. */
  read(file: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Replaces the whole file. */
  write(file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** For writing, a missing file is made; for reading, it throws. */
  open(file: string, mode: 'read' | 'write'): Promise<CacheFile>;
  /** Bytes of all its files. */
  byteLength(): Promise<number>;
}

/** Gives a lock back; resolves when it is free. */
export type Release = () => Promise<void>;

export interface LockOptions {
  /** Whether to wait until the lock is free; otherwise the answer is null at once. */
  readonly wait: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface CacheStore {
  folders(): Promise<string[]>;
  /** The folder, made when it is missing and `create` says so; else null. */
  folder(name: string, create: boolean): Promise<CacheFolder | null>;
  /** With everything in it; no error when there is none. */
  remove(folder: string): Promise<void>;
  /** Holds a lock that all tabs of the site see. */
  lock(name: string, mode: 'shared' | 'exclusive', options: LockOptions): Promise<Release | null>;
  /** Bytes that the site uses and may use; null where the browser does not say. */
  room(): Promise<{ readonly usage: number; readonly quota: number } | null>;
}

/** Whether an error of a store says that there is no space left. */
export function isOutOfRoom(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'QuotaExceededError' || ('code' in error && error.code === 'ENOSPC'))
  );
}
