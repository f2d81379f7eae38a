// Keeps the built site for visits without a network. One version of this worker is one version of the site: it keeps exactly the
// files of its list, each checked by its hash, and answers with no others, so that a visitor never gets a mixture. Models of the hub are
// none of its business: they are kept by the engine, where visitors can see and delete them.
//
// `npm run build` joins this file into sw.js with the list (scripts/site-worker.ts). It asks for the site's own files alone.

import { answerOf, filePath, type SiteFile } from './kept-files.ts';

declare const siteFiles: readonly SiteFile[];
declare const siteVersion: string;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const prefix = 'molmo2-site-';
const cacheName = prefix + siteVersion;
const { scope } = worker.registration;
const files = new Map(siteFiles.map((file) => [file.path, file]));
const paths = new Set(files.keys());

/** On a kept file: the hash that it was checked with. */
const checkedBy = 'x-site-integrity';

/** Without what no longer holds of a body that was read: that it is compressed, or came by a redirect. */
async function plainCopy(response: Response, integrity: string): Promise<Response> {
  const headers = new Headers(response.headers);
  headers.delete('content-encoding');
  headers.set(checkedBy, integrity);
  const bytes = await response.blob();
  headers.set('content-length', String(bytes.size));
  return new Response(bytes, { headers });
}

/** The file from the server; what an intermediate cache has is taken if it is the right one. */
async function fetched({ path, integrity }: SiteFile): Promise<Response> {
  const url = new URL(path, scope);
  const response = await fetch(url, { integrity }).catch(() => fetch(url, { integrity, cache: 'reload' }));
  if (!response.ok) throw new Error(`${path} could not be kept: status ${response.status}.`);
  return plainCopy(response, integrity);
}

/** The same file as an earlier version kept it. */
async function keptBefore(
  { path, integrity }: SiteFile,
  earlier: readonly Cache[],
): Promise<Response | null> {
  for (const cache of earlier) {
    const kept = await cache.match(new URL(path, scope));
    if (kept?.headers.get(checkedBy) === integrity) return kept;
  }
  return null;
}

const ownCaches = async () => (await caches.keys()).filter((name) => name.startsWith(prefix));

/** Keeps all files or throws; the version before stays in use until this one has them. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(cacheName);
  const earlier = await Promise.all((await ownCaches()).map((name) => caches.open(name)));
  for (const file of siteFiles)
    await cache.put(new URL(file.path, scope), (await keptBefore(file, earlier)) ?? (await fetched(file)));
}

async function dropOthers(): Promise<void> {
  for (const name of await ownCaches()) if (name !== cacheName) await caches.delete(name);
}

async function answer(path: string, range: string | null): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(new URL(path, scope));
  if (kept) return answerOf(kept, range);
  // The browser threw it away: the same file again, or none.
  const file = files.get(path);
  return file ? answerOf(await fetched(file), range) : Response.error();
}

worker.addEventListener('install', (event) => event.waitUntil(keepAll()));
worker.addEventListener('activate', (event) => event.waitUntil(dropOthers()));

worker.addEventListener('fetch', (event) => {
  const { method, url, headers } = event.request;
  const path = method === 'GET' ? filePath(url, scope, paths) : null;
  // Everything else goes where it would have gone.
  if (path !== null) event.respondWith(answer(path, headers.get('range')));
});

/** A visitor wants this version: it takes over where no other tab has the one before, and otherwise says how many do. */
worker.addEventListener('message', (event) => {
  if (event.data !== 'take over') return;
  const [port] = event.ports;
  const takeOver = async () => {
    const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (windows.length <= 1) await worker.skipWaiting();
    port?.postMessage(windows.length - 1);
  };
  event.waitUntil(takeOver());
});
