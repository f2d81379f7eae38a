// What no file of the package may do: run text as code, write text as markup, or ask a server for anything where nobody would
// look for it.

import { readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'rolldown/utils';
import { describe, expect, test } from 'vitest';
import { sourceFiles } from '../source-files.ts';

const shipped = sourceFiles.filter((file) => /^(src|cli|demo)\//.test(file));

/** Names of what runs text, writes markup or navigates. */
const code = ['eval', 'Function', 'execSync', 'exec'];
const markup = [
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'setHTMLUnsafe',
  'createContextualFragment',
  'parseFromString',
  'srcdoc',
  'write',
];
const requests = [
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'WebTransport',
  'EventSource',
  'sendBeacon',
  'importScripts',
  'RTCPeerConnection',
  'Image',
];

/** Where each may be named; every file says in its first lines why it asks. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  fetch: [
    // The model that the user named.
    'src/weights/fetch/fetch-file.ts',
    'src/weights/fetch/http-chunks.ts',
    'src/weights/fetch/hub.ts',
    'src/weights/fetch/remote-files.ts',
    'src/weights/fetch/response-cursor.ts',
    // The picture or video that the user named.
    'src/media/fetch-media.ts',
    'cli/overlay-sheet.ts',
    // The server that the user named.
    'src/adapters/remote/server.ts',
    'src/adapters/remote/remote.ts',
    // The script of the package's own worker, where it does not start.
    'src/worker/blocked-worker.ts',
    // The demo's own samples.
    'demo/media/samples.ts',
    // The files of the demo's own site.
    'demo/site/service-worker.ts',
    // A picture or a video at an address that the visitor wrote.
    'demo/sources/web-address.ts',
    'demo/site/contained-worker.ts',
  ],
};

interface Found {
  readonly file: string;
  readonly name: string;
}

type Identifier = { readonly type: string; readonly name?: string };

/** Every use of these names in a file: called, constructed, read from the global object or from any other. */
function uses(file: string, source: string, names: readonly string[]): Found[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: Found[] = [];
  const add = (name: string | undefined) => {
    if (name !== undefined && names.includes(name)) found.push({ file, name });
  };
  const called = (callee: unknown) => {
    const { type, name } = callee as Identifier;
    if (type === 'Identifier' && name !== 'write') add(name);
  };
  new Visitor({
    CallExpression: ({ callee }) => called(callee),
    NewExpression: ({ callee }) => called(callee),
    MemberExpression: ({ property, object, computed }) => {
      const name = computed ? (property.type === 'Literal' ? String(property.value) : undefined) : (property as Identifier).name;
      // A pattern has an exec of its own, a file and a stream a write.
      if (name === 'exec' || (name === 'write' && (object as Identifier).name !== 'document')) return;
      add(name);
    },
  }).visit(program);
  return found;
} // prettier-ignore

const everywhere = (names: readonly string[]) =>
  shipped.flatMap((file) => uses(file, readFileSync(file, 'utf8'), names));

test('the search finds what it is for', () => {
  const bad =
    "eval('1'); new Function('x'); node.innerHTML = x; node['outerHTML'] = x; document.write(x); globalThis.fetch(u); new Image(); navigator.sendBeacon(u); fetch(u); a.insertAdjacentHTML('x', y);";
  expect(uses('bad.ts', bad, [...code, ...markup, ...requests]).map(({ name }) => name)).toEqual([
    'eval', 'Function', 'innerHTML', 'outerHTML', 'write', 'fetch', 'Image', 'sendBeacon', 'fetch', 'insertAdjacentHTML',
  ]); // prettier-ignore
  expect(uses('good.ts', '/x/.exec(y); stream.write(x); prefetch(u);', [...code, ...markup])).toEqual([]);
  expect(shipped.length).toBeGreaterThan(300);
});

test('no file runs text as code', () => {
  expect(everywhere(code)).toEqual([]);
});

test('no file writes text as markup', () => {
  expect(everywhere(markup)).toEqual([]);
});

describe('requests', () => {
  const found = everywhere(requests);

  test('are made by the files that are listed alone', () => {
    expect(found.filter(({ file, name }) => !allowed[name]?.includes(file))).toEqual([]);
  });

  test('are made by every file that is listed', () => {
    for (const [name, files] of Object.entries(allowed))
      for (const file of files) expect(found).toContainEqual({ file, name });
  });
});

test('programs are started without a shell, and only those that are named here', () => {
  const starts = shipped.filter((file) =>
    /from 'node:child_process'/.test(readFileSync(file, 'utf8').replaceAll(/import type[^;]+;/g, '')),
  );
  expect(starts).toEqual(['src/media/ffmpeg/ffmpeg.ts']);
  for (const file of starts) expect(readFileSync(file, 'utf8')).not.toMatch(/shell:/);
}); // prettier-ignore
