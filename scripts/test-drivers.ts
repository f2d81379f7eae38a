// Chromium's and Dawn's drivers for the tests, in variables of this process, which its children inherit.

import process from 'node:process';
import { ensureChromium } from './chromium.ts';
import { oneFailure, type Totals } from './test-run.ts';
import { ensureVulkan } from './vulkan.ts';

/** What is missing is told, and counts as a failure. */
export async function findDrivers(): Promise<Totals[]> {
  try {
    process.env['CHROMIUM'] = (await ensureChromium(console.log)).executablePath;
    Object.assign(process.env, ensureVulkan(console.log).env);
    return [];
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return [oneFailure];
  }
}
