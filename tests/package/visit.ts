// Opens pages in a browser and serves folders to them.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright-core';

export interface Visit {
  readonly text: string;
  readonly problems: string[];
}

/** What the page says in the end, and what went wrong on the way. */
export async function visitPage(browser: Pick<Browser, 'newPage'>, url: string): Promise<Visit> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (response.status() >= 400 && path !== '/favicon.ico') problems.push(`${response.status()} ${path}`);
  });
  try {
    await page.goto(url);
    await page.waitForFunction(() => document.title === 'done', null, { timeout: 120_000 });
    return { text: await page.innerText('body'), problems };
  } finally {
    await page.close();
  }
}

export interface FolderServer {
  readonly origin: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mp4': 'video/mp4',
  '.png': 'image/png',
};

/** Serves the files of a folder on a port of its own; `headers` go with every file, or as a function says. */
export async function serveFolder(
  folder: string,
  headers: (path: string) => OutgoingHttpHeaders = () => ({}),
): Promise<FolderServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = join(folder, pathname === '/' ? 'index.html' : pathname);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, headers(pathname)).end();
      return;
    }
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, ...headers(pathname) }).end(readFileSync(file));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
