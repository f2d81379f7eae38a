/** (byte / 255 - mean) / std of each byte, by channel; channels are the fastest axis. */
export function normalizePatchesReference(
  bytes: ArrayLike<number>,
  mean: readonly number[],
  std: readonly number[],
): Float64Array {
  const y = new Float64Array(bytes.length);
  for (let pixel = 0; pixel < bytes.length; pixel += 3)
    for (let channel = 0; channel < 3; channel++)
      y[pixel + channel] = (bytes[pixel + channel]! / 255 - mean[channel]!) / std[channel]!;
  return y;
}
