/** What decoding holds between two steps. */
export interface DecodeState {
  readonly id: number;
  readonly slot: number;
  readonly stopped: boolean;
}

/** One step further with this winner: decoding stops at an end id and at the last slot, and then nothing changes. */
export function advanceReference(
  state: DecodeState,
  winner: number,
  lastSlot: number,
  endIds: readonly number[],
): DecodeState {
  if (state.stopped) return state;
  const slot = state.slot + 1;
  return { id: winner, slot, stopped: slot >= lastSlot || endIds.includes(winner) };
}
