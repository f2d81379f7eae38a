// A model hub and its file store on this machine: two servers, so that they are two origins. They can be told to misbehave.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly server: 'hub' | 'store';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers in place of the server; false lets the server answer. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse, seen: Seen) => boolean;

export interface HubServer {
  readonly endpoint: string;
  readonly commit: string;
  readonly seen: Seen[];
  /** Files by name; those that end in .safetensors lie in the store. */
  readonly files: Map<string, Buffer>;
  misbehave: Misbehaviour;
  /** Only this token may read. */
  token: string | null;
  close(): Promise<void>;
}

const listen = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  );

export async function startHub(repo: string, files: Iterable<readonly [string, Buffer]>): Promise<HubServer> {
  const commit = 'c0ffee'.padEnd(40, '0');
  const state: Omit<HubServer, 'endpoint' | 'close'> = {
    commit,
    seen: [],
    files: new Map(files),
    misbehave: () => false,
    token: null,
  };
  let storeOrigin = '';
  const handler = (server: Seen['server']) => (request: IncomingMessage, response: ServerResponse) => {
    const { authorization, range } = request.headers;
    const seen = { server, path: request.url ?? '', range, authorization };
    state.seen.push(seen);
    if (state.misbehave(request, response, seen)) return;
    if (server === 'store') return sendFile(state, decodeURIComponent(seen.path.split('?')[0]!.slice(1)), request, response);
    const found = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/([^/]+)$/.exec(seen.path);
    const [, name = '', revision = '', file = ''] = (found ?? []).map(decodeURIComponent);
    response.setHeader('X-Repo-Commit', commit);
    if (state.token !== null && authorization !== `Bearer ${state.token}`) return void response.writeHead(401).end();
    if (name !== repo) return void response.writeHead(404, { 'X-Error-Code': 'RepoNotFound' }).end();
    if (!['main', commit].includes(revision)) return void response.writeHead(404, { 'X-Error-Code': 'RevisionNotFound' }).end();
    if (!state.files.has(file)) return void response.writeHead(404, { 'X-Error-Code': 'EntryNotFound' }).end();
    if (!file.endsWith('.safetensors')) return sendFile(state, file, request, response);
    response.writeHead(302, { Location: `${storeOrigin}/${encodeURIComponent(file)}?signature=1` }).end();
  }; // prettier-ignore
  const servers = [createServer(handler('hub')), createServer(handler('store'))] as const;
  const [endpoint, store] = [await listen(servers[0]), await listen(servers[1])];
  storeOrigin = store;
  return Object.assign(state, {
    endpoint,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  });
}

export function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
}

function sendFile(
  { files }: Pick<HubServer, 'files'>,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const bytes = files.get(name);
  if (!bytes) return void response.writeHead(404).end();
  const etag = etagOf(bytes);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const ifRange = request.headers['if-range'];
  if (first === undefined || last === undefined || (ifRange !== undefined && ifRange !== etag))
    return void response.writeHead(200, { ETag: etag, 'Content-Length': bytes.length }).end(bytes);
  const end = Math.min(Number(last) + 1, bytes.length);
  if (Number(first) >= bytes.length) return void response.writeHead(416).end();
  const body = bytes.subarray(Number(first), end);
  response
    .writeHead(206, {
      ETag: etag,
      'Content-Length': body.length,
      'Content-Range': `bytes ${first}-${end - 1}/${bytes.length}`,
    })
    .end(body);
}
