// Finds out whether a Chromium can run the tests, by starting it: WebGPU on SwiftShader, and H.264 video.

import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isHeadlessShell } from './chromium-candidates.ts';

export interface Probe {
  readonly version: string;
  /** Why it cannot be used; null when it can. */
  readonly problem: string | null;
  readonly f16: boolean;
  /** The smallest and the largest subgroup; null without subgroups. */
  readonly subgroups: readonly [number, number] | null;
  /** Packed integer products are part of WGSL. */
  readonly packed: boolean;
}

type Abilities = Pick<Probe, 'f16' | 'subgroups' | 'packed'> & {
  readonly webgpu: boolean;
  readonly h264: boolean;
};

/** What the tests start Chromium with. WebGPU on SwiftShader needs no GPU and computes the same everywhere. */
export function chromiumArgs(executablePath: string): string[] {
  const args = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
  return isHeadlessShell(executablePath) ? args : ['--headless=new', ...args];
}

/** Runs in the page. The adapter alone may be a promise the driver does not keep, so a device is made as well. */
async function abilities(): Promise<Abilities> {
  const gpu = (navigator as Partial<Navigator>).gpu;
  const adapter = await gpu?.requestAdapter();
  const device = await adapter?.requestDevice();
  device?.destroy();
  const h264 =
    typeof VideoDecoder === 'function' &&
    (await VideoDecoder.isConfigSupported({ codec: 'avc1.64001f' })).supported === true;
  const { subgroupMinSize, subgroupMaxSize } = adapter?.info ?? {};
  const subgroups =
    adapter?.features.has('subgroups') && subgroupMinSize && subgroupMaxSize
      ? ([subgroupMinSize, subgroupMaxSize] as const)
      : null;
  const f16 = adapter?.features.has('shader-f16') === true;
  const packed = gpu?.wgslLanguageFeatures.has('packed_4x8_integer_dot_product') === true;
  return { webgpu: device !== undefined, f16, subgroups, packed, h264 };
}

/** Starts the browser on an empty page of this machine (localhost: WebGPU needs a secure context) and asks it. */
export async function probeChromium(executablePath: string): Promise<Probe> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>probe</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    // Imported where it is used: the archive of the benchmark has none.
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({
      executablePath,
      args: chromiumArgs(executablePath),
      timeout: 60_000,
    });
    try {
      const page = await browser.newPage();
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
      const { webgpu, f16, subgroups, packed, h264 } = await page.evaluate(abilities);
      const missing = [...(webgpu ? [] : ['WebGPU on SwiftShader']), ...(h264 ? [] : ['H.264 video'])];
      return {
        version: browser.version(),
        problem: missing.length > 0 ? `it lacks ${missing.join(' and ')}` : null,
        f16,
        subgroups,
        packed,
      };
    } finally {
      await browser.close();
    }
  } catch (error) {
    return {
      version: 'unknown',
      problem: `it does not start: ${reason(error)}`,
      f16: false,
      subgroups: null,
      packed: false,
    };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The line of Playwright's long message that says why: the loader's or the browser's own. */
function reason(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  const telling = lines.find((line) =>
    /error while loading|cannot open|No such file|ENOENT|EACCES/.test(line),
  );
  return (telling ?? lines[0] ?? 'unknown reason').trim();
}
