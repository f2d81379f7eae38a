/** A file whose end is missing, made readable. */
export interface MendedFile {
  /** The file itself where nothing was to be mended. */
  readonly blob: Blob;
  /** Whether frames are missing, as far as that is seen from the file's outermost parts. */
  readonly isCut: boolean;
}
