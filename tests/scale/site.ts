// The built page and the bundle on one loopback server that knows ranges.

import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { build } from 'vite';
import { root } from '../../scripts/cache.ts';

export interface Site {
  readonly url: string;
  /** Address of the bundle's folder. */
  readonly bundleUrl: string;
  close(): void;
}

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
};

export async function scaleSite(bundle: string): Promise<Site> {
  const outDir = mkdtempSync(join(tmpdir(), 'molmo2-scale-page-'));
  await build({
    configFile: false,
    root: join(root, 'tests/scale'),
    base: './',
    logLevel: 'error',
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 1000 },
  });
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?');
    const name = basename(path);
    if (path.startsWith('/bundle/')) return serve(join(bundle, name), request, response);
    if (path.startsWith('/assets/')) return serve(join(outDir, 'assets', name), request, response);
    return serve(join(outDir, name === '' ? 'index.html' : name), request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // localhost is a secure context: WebGPU and OPFS need one.
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    bundleUrl: `${url}bundle/`,
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

function serve(file: string, { headers }: IncomingMessage, response: ServerResponse): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    response.writeHead(404).end();
    return;
  }
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const start = Number(from);
  const end = Math.min(to === '' ? size : Number(to) + 1, size);
  const ranged = headers.range !== undefined;
  response.writeHead(ranged ? 206 : 200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Length': end - start,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
    ...(ranged && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
  });
  // A client that goes away before the end is no failure.
  pipeline(createReadStream(file, { start, end: end - 1, highWaterMark: 1 << 20 }), response, () => {});
}
