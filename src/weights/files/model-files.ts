// Where a checkpoint's files come from. Every source answers the same three questions.

/** A folder of checkpoint files, wherever it lies. */
export interface ModelFiles {
  /** For messages: the folder, URL or model name. */
  readonly label: string;
  /** The whole file, or null when there is none of that name. Throws `network` or `bad-checkpoint` when reading fails. */
  read(name: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer> | null>;
  /** The names in the folder, where it can be listed. */
  names?(): Promise<readonly string[]>;
  /** Bytes [start, end) of a file that exists. */
  readRange(name: string, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}
