/** A file whose end is missing, made readable. */
export interface MendedFile {
  /** The file itself where nothing was to be mended. */
  readonly blob: Blob;
  /** Whether frames are missing, as far as that is seen from the file's outermost parts. */
  readonly isCut: boolean;
  /** Where reading must end that is not told of the mended file but of the file itself; undefined for its own end. */
  readonly endBytes?: number;
}
