// Pages of one origin with the package as it is built: a script, its worker's file and the engine's, and the embedded model.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { bundle, relocateUrls } from '../../scripts/bundle.mjs';
import { root } from '../../scripts/cache.ts';

export interface Reply {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export interface TabsSite {
  readonly url: string;
  /** What is answered in place of a file, or beside it; null leaves it alone. A test sets it. */
  meddle: (path: string) => Reply | null;
  /** A file of the site. */
  text(name: string): string;
  close(): void;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.png': 'image/png',
  '.mp4': 'video/mp4',
};

const html =
  '<!doctype html><title>tabs</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>';

/** `page` is the script of the page, from the root of the repository. */
export async function tabsSite(page = 'tests/tabs/page.ts'): Promise<TabsSite> {
  const outDir = mkdtempSync(join(tmpdir(), 'molmo2-tabs-'));
  const ownFiles = {
    [join(root, 'src/worker/host.ts')]: join(outDir, 'worker.js'),
    [join(root, 'src/worker/open-here.ts')]: join(outDir, 'engine.js'),
  };
  for (const [name, source] of [
    ['page', page],
    ['worker', 'src/worker/host.ts'],
    ['engine', 'src/worker/open-here.ts'],
  ] as const)
    await bundle({
      input: { [name]: join(root, source) },
      outDir,
      platform: 'browser',
      plugins: [relocateUrls(outDir, ownFiles)],
      inline: true,
      singleFile: true,
    });
  const fileAt = (path: string): string => {
    const [, ort] = /^\/ort\/([\w.-]+)$/.exec(path) ?? [];
    if (ort) return join(root, 'node_modules/onnxruntime-web/dist', ort);
    const [, own] = /\/((?:models\/shapes|tests\/fixtures)\/[\w./-]+)$/.exec(path) ?? [];
    return own && !own.includes('..') ? join(root, own) : join(outDir, path.slice(1));
  };
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url ?? '/', 'http://localhost');
    const { status = 200, headers = {}, body } = site.meddle(pathname) ?? {};
    const file = fileAt(pathname);
    const text = body ?? (pathname === '/' ? html : existsSync(file) ? readFileSync(file) : null);
    const type = pathname === '/' ? 'text/html' : (types[extname(pathname)] ?? 'application/octet-stream');
    response.writeHead(text === null ? 404 : status, { 'content-type': type, ...headers });
    response.end(text ?? undefined);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const site: TabsSite = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    meddle: () => null,
    text: (name) => readFileSync(join(outDir, name), 'utf8'),
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(outDir, { recursive: true });
    },
  };
  return site;
}
