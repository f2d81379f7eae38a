// Starts the misbehaving server for tests that run in a browser.

import type { TestProject } from 'vitest/node';
import { startFaultServer } from './fault-server.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startFaultServer();
  project.provide('faultServer', server.url);
  return () => server.close();
}
