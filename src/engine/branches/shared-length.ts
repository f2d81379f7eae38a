// What several prompts have in common.

/**
 * How many of the first ids all prompts share; each keeps at least its last, behind which its answer begins. Pictures are in
 * it whenever prompts show the same, because they come before all words.
 */
export function sharedLength(prompts: readonly Uint32Array[]): number {
  const [first, ...others] = prompts;
  if (!first) return 0;
  const most = Math.min(...prompts.map((ids) => ids.length)) - 1;
  let length = 0;
  while (length < most && others.every((ids) => ids[length] === first[length])) length += 1;
  return length;
}
