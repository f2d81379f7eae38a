// The run in this process, over Dawn.

import process from 'node:process';
import type { BenchRequest } from './options.ts';
import { openPeer } from './peer/open-peer-node.ts';
import { runBench, type BenchEvent, type BenchResult, type BenchSetting } from './run-bench.ts';

export function benchInNode(
  request: BenchRequest,
  onEvent: (event: BenchEvent) => void,
  signal: AbortSignal,
  cases?: BenchSetting['cases'],
): Promise<BenchResult> {
  return runBench(request, { runtime: `Node ${process.versions.node}`, openPeer, onEvent, signal, cases });
}
