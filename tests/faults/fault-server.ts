// A server that misbehaves as it is told, on this machine only. Requests for shards meet the faults of a schedule one by
// one; the other files come as they are. It holds few bundles, answers few requests at once and ends every silence.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { testBundle, type BundleRecipe, type TestBundle } from './test-bundle.ts';
import type { Fault, Schedule } from './schedule.ts';

/** One request for a shard and what it met. */
export interface Served {
  readonly file: string;
  /** The Range header as it came; null when there was none. */
  readonly range: string | null;
  readonly fault: Fault['kind'];
}

interface Run {
  readonly bundle: TestBundle;
  schedule: Schedule;
  readonly served: Served[];
  open: number;
}

export interface FaultRun {
  /** The address of the bundle's folder. */
  readonly base: string;
  readonly bundle: TestBundle;
  readonly served: readonly Served[];
  /** Connections that wait for the rest of their answer. */
  open(): number;
}

export interface FaultServer {
  readonly url: string;
  add(recipe: BundleRecipe, schedule: Schedule): Promise<FaultRun>;
  close(): Promise<void>;
}

const mostRuns = 300;
const longestSilenceMs = 30_000;

export async function startFaultServer(): Promise<FaultServer> {
  const runs = new Map<string, Run>();
  const bundles = new Map<string, Promise<TestBundle>>();
  let made = 0;

  async function addRun(recipe: BundleRecipe, schedule: Schedule): Promise<{ id: string; run: Run }> {
    const key = JSON.stringify(recipe);
    const bundle = bundles.get(key) ?? testBundle(recipe);
    bundles.set(key, bundle);
    const id = `${++made}`;
    const run: Run = { bundle: await bundle, schedule, served: [], open: 0 };
    runs.set(id, run);
    const oldest = runs.keys().next().value;
    if (runs.size > mostRuns && oldest !== undefined) runs.delete(oldest);
    return { id, run };
  }

  /** `POST /runs` makes a bundle, `PUT /runs/1` gives it another schedule, `GET /runs/1` tells what was served. */
  async function control(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    if (request.method === 'POST') {
      const { recipe, schedule } = (await body(request)) as { recipe: BundleRecipe; schedule: Schedule };
      return sendJson(response, { id: (await addRun(recipe, schedule)).id });
    }
    const run = runs.get(id);
    if (!run) return void response.writeHead(404).end();
    if (request.method === 'PUT') run.schedule = (await body(request)) as Schedule;
    sendJson(response, { served: run.served, open: run.open });
  }

  function serve(request: IncomingMessage, response: ServerResponse, id: string, file: string): void {
    const run = runs.get(id);
    const bytes = run?.bundle.files[file];
    if (!run || !bytes) return void response.writeHead(404).end();
    if (!file.endsWith('.bin'))
      return void response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
    const fault = run.schedule.faults[run.served.length] ?? run.schedule.after;
    const range = request.headers.range ?? null;
    run.served.push({ file, range, fault: fault.kind });
    run.open++;
    response.on('close', () => run.open--);
    void answer(response, bytes, range, fault);
  }

  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT');
    response.setHeader('Access-Control-Allow-Headers', 'Content-Type, Range');
    response.setHeader('Access-Control-Expose-Headers', 'Content-Range, Retry-After');
    const [, kind, id = '', file = ''] = (request.url ?? '').split('/');
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else if (kind === 'runs') void control(request, response, id);
    else serve(request, response, id, file);
  });
  server.maxConnections = 100;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    async add(recipe, schedule) {
      const { id, run } = await addRun(recipe, schedule);
      return { base: `${url}/m/${id}/`, bundle: run.bundle, served: run.served, open: () => run.open };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  response: ServerResponse,
  file: Uint8Array<ArrayBuffer>,
  range: string | null,
  fault: Fault,
): Promise<void> {
  if (fault.kind === 'status') {
    const headers = fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter };
    return void response.writeHead(fault.status, headers).end();
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const ranged = first !== undefined && fault.kind !== 'ignore-range';
  const start = ranged ? Number(first) : 0;
  const end = ranged && last ? Math.min(Number(last) + 1, file.length) : file.length;
  if (start >= end) return void response.writeHead(416).end();
  const bytes = file.slice(start, end);
  if (fault.kind === 'changed') bytes.forEach((byte, i) => (bytes[i] = byte ^ 0x55));
  if (fault.kind === 'flip') bytes[Math.floor(fault.at * bytes.length)]! ^= 1;
  if (ranged) {
    const from = fault.kind === 'wrong-range' ? start + 1 : start;
    const total = fault.kind === 'wrong-total' ? file.length + 1 : file.length;
    response.setHeader('Content-Range', `bytes ${from}-${end - 1}/${total}`);
  }
  const extra = fault.kind === 'long-length' || (fault.kind === 'wrong-total' && !ranged) ? 100 : 0;
  if (fault.kind !== 'short') response.setHeader('Content-Length', bytes.length + extra);
  response.writeHead(ranged ? 206 : 200);
  const until = 'at' in fault && fault.kind !== 'flip' ? Math.floor(fault.at * bytes.length) : bytes.length;
  const sent = bytes.subarray(0, until);
  if (extra > 0 || fault.kind === 'cut') response.write(sent, () => response.destroy());
  else if (fault.kind === 'stall') {
    response.flushHeaders();
    response.write(sent);
    // The client leaves first; if it does not, the silence ends all the same.
    await wait(longestSilenceMs, null, { ref: false });
    response.destroy();
  } else response.end(sent);
}

async function body(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) {
    text += String(piece);
    if (text.length > 100_000) throw new Error('the request is too long');
  }
  return JSON.parse(text);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}
