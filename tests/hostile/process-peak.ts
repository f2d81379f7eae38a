// The process's largest size from a moment on. On Linux the kernel keeps it for this process alone (`VmHWM`) and begins anew when it is told
// to (`clear_refs`, proc(5)). `maxRSS` of getrusage(2) does neither: a child begins with its parent's largest size, which lasts through
// exec, so that a worker of a large test runner seems never to grow. It is what there is elsewhere.

import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

function startAnew(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

const canStartAnew = startAnew();

function largestBytes(): number {
  const ofThisProcess = canStartAnew
    ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
    : undefined;
  return Number(ofThisProcess ?? process.resourceUsage().maxRSS) * 1024;
}

/** From here on; the returned function says by how many bytes the process has been larger than it is now. */
export function watchPeak(): () => number {
  if (canStartAnew) startAnew();
  const before = largestBytes();
  return () => largestBytes() - before;
}

/** Frees all that nothing holds any more. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
