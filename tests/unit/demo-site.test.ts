// What the built demo may ask, and what its service worker answers: pure parts, held to examples.

import { expect, test } from 'vitest';
import { answerOf, filePath, partOf } from '../../demo/site/kept-files.ts';
import { policyAllows } from '../../demo/site/reach.ts';
import { hubHosts, policyText } from '../../scripts/page-policy.ts';

const scope = 'https://a.test/molmo/';
const paths = new Set(['index.html', 'bench/index.html', 'assets/x.js', 'samples/ä b.png']);

test.each([
  ['https://a.test/molmo/', 'index.html'],
  ['https://a.test/molmo/?sample=none#answer', 'index.html'],
  ['https://a.test/molmo/bench', 'bench/index.html'],
  ['https://a.test/molmo/bench/', 'bench/index.html'],
  ['https://a.test/molmo/assets/x.js', 'assets/x.js'],
  ['https://a.test/molmo/samples/%C3%A4%20b.png', 'samples/ä b.png'],
  ['https://a.test/molmo/sw.js', null],
  ['https://a.test/molmo/models/model.safetensors', null], // a model that lies beside the site is no part of it
  ['https://a.test/other/index.html', null],
  ['https://huggingface.co/molmo/index.html', null],
])('%s means the kept file %s', (url, path) => {
  expect(filePath(url, scope, paths)).toBe(path);
});

test.each([
  ['bytes=0-9', { start: 0, end: 10 }],
  ['bytes=90-', { start: 90, end: 100 }],
  ['bytes=-10', { start: 90, end: 100 }],
  ['bytes=-1000', { start: 0, end: 100 }],
  ['bytes=95-1000', { start: 95, end: 100 }],
  ['bytes=100-', null],
  ['bytes=5-4', null],
  ['bytes=-', null],
  ['bytes=0-1,3-4', null],
])('%s of 100 bytes is %o', (range, part) => {
  expect(partOf(range, 100)).toEqual(part);
});

test('a kept file answers requests for parts as a server does', async () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  const kept = () => new Response(bytes, { headers: { 'content-type': 'video/mp4', etag: '"e"' } });
  const part = await answerOf(kept(), 'bytes=10-19');
  expect(part.status).toBe(206);
  expect(Object.fromEntries(part.headers)).toMatchObject({
    'content-range': 'bytes 10-19/100',
    'content-length': '10',
    'content-type': 'video/mp4',
    etag: '"e"',
  });
  expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([...bytes.slice(10, 20)]);
  const beyond = await answerOf(kept(), 'bytes=100-');
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */100']);
  expect((await answerOf(kept(), null)).status).toBe(200);
});

const home = new URL(scope);
const asks = (reach: 'nobody' | 'hub' | 'anybody', address: string) =>
  policyAllows(policyText({ reach }), new URL(address), home);

test('a page knows what its policy permits', () => {
  const places = {
    own: 'https://a.test/model/',
    hub: 'https://huggingface.co/allenai/Molmo2-4B',
    store: 'https://cas-bridge.xethub.hf.co/x',
    other: 'https://b.test/model/',
    likeHub: 'https://nothuggingface.co/',
    plainHub: 'http://huggingface.co/',
    here: 'http://127.0.0.1:8080/model/',
  };
  const allowed = (reach: 'nobody' | 'hub' | 'anybody') =>
    Object.entries(places).flatMap(([name, address]) => (asks(reach, address) ? [name] : []));
  expect(allowed('nobody')).toEqual(['own']);
  expect(allowed('hub')).toEqual(['own', 'hub', 'store']);
  expect(allowed('anybody')).toEqual(['own', 'hub', 'store', 'other', 'likeHub', 'here']);
  expect(policyAllows(null, new URL(places.other), home)).toBe(true);
});

test('no policy lets a page run inline scripts, text as code, or scripts of others', () => {
  for (const reach of ['nobody', 'hub', 'anybody'] as const) {
    const text = policyText({ reach });
    expect(text).toContain("default-src 'none'");
    expect(text).toContain("script-src 'self';");
    expect(text).not.toMatch(/unsafe/);
    // One that computes without WebGPU may compile WebAssembly, and nothing else.
    const more = policyText({ reach, fallback: true });
    expect(more.replace(" 'wasm-unsafe-eval'", '')).toBe(text);
  }
  expect(hubHosts.every((host) => /^https:\/\/(\*\.)?(huggingface|hf)\.co$/.test(host))).toBe(true);
});
