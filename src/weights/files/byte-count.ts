/** Bytes as people read them: `812 MB`, `3.1 GB`. */
export function byteCount(bytes: number): string {
  return bytes < 999.5e6 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
