// Opens a case that the peer computes as well, on equal weights and inputs. The peer's numbers are compared with ours
// before it is timed, and of several graphs for the same work the fastest one runs.

import { relativeError } from '../../measure/check.ts';
import { quickMs } from '../../peer/quick-time.ts';
import type { CaseContext, Contender, OpenCase, PeerSession, PeerTensor } from '../../measure/types.ts';
import { openKernel, type KernelUse } from '../open-kernel.ts';

/** A graph for the work of a case. */
export interface PeerGraph {
  /** What distinguishes it: 'accuracy level 4'. */
  readonly name: string;
  readonly model: () => Uint8Array;
  /** How far its output may lie from ours, relative to the largest value. */
  readonly limit: number;
  readonly inputs: Readonly<Record<string, PeerTensor>>;
}

export interface SharedUse extends KernelUse {
  /** What the peer's output must equal, after one run from the state that `reset` makes. */
  readonly result: () => Promise<Float32Array>;
  readonly peer: {
    readonly graphs: readonly PeerGraph[];
    /** Name of the output that is compared. */
    readonly output: string;
  };
}

interface Entrant {
  readonly contender: Contender;
  readonly session: PeerSession;
  readonly ms: number;
}

export async function openShared(context: CaseContext, use: SharedUse): Promise<OpenCase> {
  const open = await openKernel(context, use);
  if (!context.peer) return open;
  try {
    use.reset?.();
    await open.ours.run(1);
    const expected = await use.result();
    const problems: string[] = [];
    let best: Entrant | null = null;
    for (const graph of use.peer.graphs) {
      const entrant = await enter(context, use, graph, expected).catch((error: unknown) => {
        problems.push(`${graph.name}: ${error instanceof Error ? error.message : String(error)}`);
        return null;
      });
      if (!entrant) continue;
      const slower: Entrant | null = best && best.ms > entrant.ms ? best : best && entrant;
      await slower?.session.close();
      if (slower !== entrant) best = entrant;
    }
    const winner: Entrant | null = best;
    return {
      ...open,
      peer: winner?.contender ?? null,
      peerProblem: winner ? undefined : problems.join('; '),
      peerNotes: winner ? problems : undefined,
      close() {
        // The device may be gone before the session is; then there is nothing left to free.
        winner?.session.close().catch(() => {});
        open.close();
      },
    };
  } catch (error) {
    open.close();
    throw error;
  }
}

async function enter(
  { peer }: CaseContext,
  use: SharedUse,
  graph: PeerGraph,
  expected: Float32Array,
): Promise<Entrant | null> {
  if (!peer) return null;
  const session = await peer.session(graph.model());
  try {
    const values = (await session.run(graph.inputs))[use.peer.output] ?? [];
    const error = relativeError(values, expected);
    if (!(error <= graph.limit))
      throw new Error(`its numbers are off from ours by ${error.toExponential(1)} of the largest`);
    const contender = await session.contender(`${peer.name}, ${graph.name}`, graph.inputs);
    return { contender, session, ms: await quickMs((times) => contender.run(times)) };
  } catch (error) {
    await session.close();
    throw error;
  }
}
