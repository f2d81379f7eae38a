// How long work keeps a processor, for tests that hold what a text costs against a limit: it hardly depends on what else the
// machine does, as time on a clock would.

import process from 'node:process';

/** Milliseconds of processor time that `work` takes in this process. */
export function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
