// Which file of the site a request means, and parts of files. Pure: what the service worker decides without its caches.

/** A file of the built site. */
export interface SiteFile {
  /** From the folder of the service worker on. */
  readonly path: string;
  /** `sha256-...`, as `fetch` checks it. */
  readonly integrity: string;
}

/** The path of the file that `url` means; null where it lies outside the site's folder or has no file. */
export function filePath(url: string, scope: string, paths: ReadonlySet<string>): string | null {
  const { origin, pathname } = new URL(url);
  const folder = new URL(scope);
  if (origin !== folder.origin || !pathname.startsWith(folder.pathname)) return null;
  const path = decodeURI(pathname.slice(folder.pathname.length));
  if (paths.has(path)) return path;
  // A folder means its page, with or without the slash that hosts add.
  const page = path === '' || path.endsWith('/') ? `${path}index.html` : `${path}/index.html`;
  return paths.has(page) ? page : null;
}

/** First byte and the one after the last of a Range header about `byteLength` bytes; null: no single part of them. */
export function partOf(range: string, byteLength: number): { start: number; end: number } | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range.trim()) ?? [];
  if (from === '' && to === '') return null;
  const start = from === '' ? Math.max(0, byteLength - Number(to)) : Number(from);
  const end = from === '' || to === '' ? byteLength : Math.min(byteLength, Number(to) + 1);
  return start < end ? { start, end } : null;
}

/** A kept file as an answer to a request with or without a range. */
export async function answerOf(kept: Response, range: string | null): Promise<Response> {
  if (range === null) return kept;
  const bytes = await kept.blob();
  const part = partOf(range, bytes.size);
  const headers = new Headers(kept.headers);
  if (!part) {
    headers.set('content-range', `bytes */${bytes.size}`);
    return new Response(null, { status: 416, headers });
  }
  headers.set('content-range', `bytes ${part.start}-${part.end - 1}/${bytes.size}`);
  headers.set('content-length', String(part.end - part.start));
  return new Response(bytes.slice(part.start, part.end, bytes.type), { status: 206, headers });
}
