// Where a checkpoint's files come from. Every source answers the same three questions.

/** What a file that is read whole may have: the largest of them is the tokenizer, with about 11 MB. */
export const largestSmallFile = 64 * 1024 * 1024;

/** A folder of checkpoint files, wherever it lies. */
export interface ModelFiles {
  /** For messages: the folder, URL or model name. */
  readonly label: string;
  /** The whole file, or null when there is none of that name. Throws `network` or `bad-checkpoint` when reading fails. */
  read(name: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer> | null>;
  /** How long a file is, where that is known without asking for it; else, and where there is none, null. */
  byteLength?(name: string): Promise<number | null>;
  /** The names in the folder, where it can be listed. */
  names?(): Promise<readonly string[]>;
  /** Bytes [start, end) of a file that exists. */
  readRange(name: string, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}
