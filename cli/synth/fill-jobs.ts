// The jobs that fill a planned bundle with random weights. Pure.

import type { BundlePlan } from '../../src/weights/bundle/bundle-plan.ts';
import type { PlannedJob } from '../bundle/chunk-ledger.ts';
import type { Piece } from '../bundle/jobs.ts';
import { pieceOf, rowSlices, sizeOf, sliceBytes } from '../convert/slices.ts';

/** A few megabytes of output each; small tensors share one. */
export function fillJobs(plan: BundlePlan, seed: number): PlannedJob[] {
  const groups: { pieces: Piece[]; byteLength: number }[] = [];
  for (const tensor of plan.tensors) {
    const [allRows] = sizeOf(tensor.shape);
    for (const [firstRow, rows] of rowSlices(allRows, tensor.byteLength / allRows)) {
      const piece = pieceOf(tensor, firstRow, rows);
      const byteLength = piece.codes.length + (piece.scales?.length ?? 0);
      const group = groups.at(-1);
      if (group && group.byteLength + byteLength <= sliceBytes) {
        group.pieces.push(piece);
        group.byteLength += byteLength;
      } else groups.push({ pieces: [piece], byteLength });
    }
  }
  return groups.map(({ pieces, byteLength }, i) => ({
    key: String(i),
    job: { kind: 'fill', pieces, seed },
    digest: false,
    byteLength,
  }));
}
