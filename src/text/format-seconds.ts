// Times as the model reads and writes them: seconds with one decimal, rounded as the reference does.

/**
 * Seconds with one decimal. The exact value of the double is rounded and a tie goes to the even digit: 0.25 is "0.2"
 * and 0.75 is "0.8". `toFixed` also looks at the exact value but sends ties up, which is wrong only at x.25: a tie
 * needs a double that is an odd multiple of 1/20, and of those only x.25 and x.75 exist.
 */
export function formatSeconds(sec: number): string {
  const size = Math.abs(sec);
  if (size % 1 !== 0.25) return sec.toFixed(1);
  return `${sec < 0 ? '-' : ''}${Math.trunc(size).toFixed(0)}.2`;
}
