// Production builds by tools that are too heavy for `npm test`: webpack, Parcel and Next, none of them configured.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import { userEnvironment } from './empty-project.ts';
import { serveFolder, visitPage } from './visit.ts';
import type { Given } from './ways.ts';

export const frameworkTools = ['webpack', 'webpack-cli', 'parcel', 'next', 'react', 'react-dom'];

const nextFiles = (question: string): Record<string, string> => ({
  'package.json': '{ "name": "next-user", "private": true, "type": "module" }',
  'app/layout.js': `export const metadata = { title: 'asking' };
export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}`,
  'app/page.js': `import { Asking } from './asking.js';
export const dynamic = 'force-dynamic'; // rendered by the server for every visit
export default function Page() {
  return <Asking />;
}`,
  'app/asking.js': `'use client';
import { useEffect, useState } from 'react';
import { Molmo2 } from 'molmo2-webgpu';
import 'molmo2-webgpu/overlay';
async function ask() {
  const molmo = await Molmo2.load({ model: 'shapes' });
  let text = '';
  for await (const event of molmo.ask({ image: '/sample.png', prompt: ${JSON.stringify(question)} }))
    if (event.type === 'text') text += event.text;
  return text;
}
export function Asking() {
  const [text, setText] = useState('');
  useEffect(() => {
    ask().catch(String).then(setText);
  }, []);
  useEffect(() => {
    if (text) document.title = 'done';
  }, [text]);
  return <p>{text}</p>;
}`,
  'app/answer/route.js': `import { Molmo2 } from 'molmo2-webgpu';
export const dynamic = 'force-dynamic';
export async function GET() {
  const molmo = await Molmo2.load({ model: 'shapes' });
  let text = '';
  for await (const event of molmo.ask({ image: 'public/sample.png', prompt: ${JSON.stringify(question)} }))
    if (event.type === 'text') text += event.text;
  return new Response(text);
}`,
});

export function describeFrameworks({ project, browser, question, answer, ways }: Given): void {
  function build(command: readonly string[], inside = ''): void {
    const { status, stdout, stderr } = project().run('npx', ['--no', '--', ...command], inside);
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
  }

  async function visitFolder(folder: string) {
    const server = await serveFolder(join(project().folder, folder));
    try {
      return await visitPage(browser(), server.origin);
    } finally {
      await server.close();
    }
  }

  describe('made by a tool that knows new URL(..., import.meta.url)', () => {
    test('answers when webpack has built it', async () => {
      build(['webpack', '--mode', 'production', '--entry', './main.js', '--output-path', 'webpack']);
      project().write(
        'webpack/index.html',
        '<!doctype html><title>asking</title><body><script src="main.js"></script>',
      );
      expect(await visitFolder('webpack')).toEqual({ text: answer, problems: [] });
      ways.answered('webpack', 'webpack');
    });

    test('answers when Parcel has built it', async () => {
      build(['parcel', 'build', 'index.html', '--dist-dir', 'parcel', '--no-cache', '--public-url', './']);
      expect(await visitFolder('parcel')).toEqual({ text: answer, problems: [] });
      ways.answered('Parcel', 'parcel');
    });
  });

  describe('made by Next, with the app router', () => {
    const servers: { kill(): unknown }[] = [];
    afterAll(() => servers.forEach((server) => server.kill()));

    /** Starts what was built; resolves with its address when it listens. */
    function startNext(): Promise<string> {
      const program = join(project().folder, 'node_modules/next/dist/bin/next');
      const server = spawn(process.execPath, [program, 'start', '--port', '0'], {
        cwd: join(project().folder, 'next'),
        env: userEnvironment(),
      });
      servers.push(server);
      let output = '';
      return new Promise((resolve, reject) => {
        const read = (piece: Buffer) => {
          output += piece.toString();
          const [, port] = /Local:\s+http:\/\/localhost:(\d+)/.exec(output) ?? [];
          if (port !== undefined) resolve(`http://localhost:${port}`);
        };
        server.stdout.on('data', read);
        server.stderr.on('data', read);
        server.on('exit', () => reject(new Error(output)));
      });
    }

    test('answers in the page, which the server renders first, and on the server', async () => {
      for (const [file, text] of Object.entries(nextFiles(question))) project().write(`next/${file}`, text);
      mkdirSync(join(project().folder, 'next/public'), { recursive: true });
      cpSync(join(project().folder, 'sample.png'), join(project().folder, 'next/public/sample.png'));
      build(['next', 'build'], 'next');
      const origin = await startNext();
      expect(await visitPage(browser(), origin)).toEqual({ text: answer, problems: [] });
      ways.answered('Next, app router, rendered by its server', 'next', 'react');
      expect(await (await fetch(`${origin}/answer`)).text()).toBe(answer);
      ways.answered("a route handler of Next's server", 'next', 'webgpu');
    });
  });
}
