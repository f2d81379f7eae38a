// The page that `npm run bench` drives: it offers the run to the program that opened the browser.

import type { BenchRequest } from '../options.ts';
import { openPeer } from '../peer/open-peer.ts';
import { listBench, runBench, type BenchEvent, type BenchResult } from '../run-bench.ts';

export interface BenchPage {
  run(request: BenchRequest, runtime: string): Promise<BenchResult>;
  list(request: BenchRequest): Promise<string[]>;
}

declare global {
  /** Made by the program that opened the page. */
  function tellBench(event: BenchEvent): Promise<void>;
  var benchPage: BenchPage | undefined; // `var` is what a property of the global object is called
}

globalThis.benchPage = {
  run: (request, runtime) =>
    runBench(request, {
      runtime,
      openPeer,
      onEvent: (event) => void tellBench(event),
    }),
  list: listBench,
};
