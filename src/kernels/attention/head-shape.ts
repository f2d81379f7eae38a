// How attention splits its width into heads.

export interface HeadShape {
  readonly heads: number;
  /** Keys and values; a divisor of `heads`. */
  readonly kvHeads: number;
  readonly headDim: number;
}
