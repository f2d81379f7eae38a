// Chromium's and Dawn's drivers for the tests, in variables of this process, which its children inherit.

import process from 'node:process';
import { ensureChromium } from './chromium.ts';
import { ensureDriver, findDriver, lavapipeFolder } from './lavapipe-driver.ts';
import { oneFailure, type Totals } from './test-run.ts';
import { ensureVulkan } from './vulkan.ts';

/** Beside SwiftShader, for whole models (vitest.config.ts). They run without it as well, but take longer. */
function lookForLavapipe(): void {
  try {
    ensureDriver(lavapipeFolder, console.log);
    console.log(findDriver() ? 'Dawn: lavapipe for whole models.' : 'Dawn: nothing runs on lavapipe here.');
  } catch (error) {
    console.log(
      `${error instanceof Error ? error.message : String(error)} SwiftShader has whole models too.`,
    );
  }
}

/** What is missing is told, and counts as a failure. */
export async function findDrivers(): Promise<Totals[]> {
  try {
    process.env['CHROMIUM'] = (await ensureChromium(console.log)).executablePath;
    const { adapter, env } = ensureVulkan(console.log);
    Object.assign(process.env, env);
    if (/swiftshader/i.test(adapter) && process.env['LAVAPIPE'] !== 'no') lookForLavapipe();
    return [];
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return [oneFailure];
  }
}
