// The run in this process, over Dawn.

import process from 'node:process';
import type { BenchOptions, BenchRequest } from './options.ts';
import { openPeer } from './peer/open-peer-node.ts';
import type { BenchResult } from './measure/types.ts';
import { runBench, type BenchEvent, type BenchSetting } from './run-bench.ts';

export function benchInNode(
  { dawn, ...request }: BenchRequest & Pick<BenchOptions, 'dawn'>,
  onEvent: (event: BenchEvent) => void,
  signal: AbortSignal,
  cases?: BenchSetting['cases'],
): Promise<BenchResult> {
  // Read when the device is opened.
  if (dawn.length > 0) process.env['MOLMO2_DAWN_FEATURES'] = dawn.join(',');
  return runBench(request, { runtime: `Node ${process.versions.node}`, openPeer, onEvent, signal, cases });
}
