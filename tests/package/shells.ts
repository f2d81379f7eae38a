// Pages that come from no server: an extension of Chromium, and Electron's renderer.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { chromium } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumArgs } from '../../scripts/chromium-probe.ts';
import { writePlainPage } from './plain-pages.ts';
import { visitPage } from './visit.ts';
import type { Given } from './ways.ts';

/** Chromium names an extension without a key by the folder that it lies in. */
function extensionId(folder: string): string {
  const digits = [...createHash('sha256').update(folder).digest('hex').slice(0, 32)];
  return digits.map((digit) => String.fromCharCode('a'.charCodeAt(0) + parseInt(digit, 16))).join('');
}

/** The program that ELECTRON names, or the one on the path; null where there is none. */
function findElectron(): { readonly program: string; readonly version: string } | null {
  const program = process.env['ELECTRON'] ?? 'electron';
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? { program, version: stdout.trim() } : null;
}

/** Opens the page as a file, as Electron apps do, and prints what it says in the end. */
const electronMain = `const { app, BrowserWindow } = require('electron');
app.whenReady().then(async () => {
  const { webContents } = new BrowserWindow({ show: false });
  const done = new Promise((resolve) => {
    webContents.on('page-title-updated', (_, title) => title === 'done' && resolve());
  });
  await webContents.loadFile('index.html');
  await done;
  console.log('said ' + (await webContents.executeJavaScript('document.body.innerText')));
  app.quit();
});
`;

export function describeShells(given: Given): void {
  const { project, answer, ways } = given;

  test('answers in the page of an extension, Manifest V3 and its own policy', async () => {
    const folder = writePlainPage(given, 'extension');
    const manifest = {
      manifest_version: 3,
      name: 'asking',
      version: '1.0',
      action: { default_popup: 'index.html' },
    };
    project().write('extension/manifest.json', JSON.stringify(manifest));
    const executablePath = process.env['CHROMIUM'] ?? '';
    const profile = mkdtempSync(join(tmpdir(), 'molmo2-profile-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      args: [
        ...chromiumArgs(executablePath),
        `--disable-extensions-except=${folder}`,
        `--load-extension=${folder}`,
      ],
    });
    try {
      const visited = await visitPage(context, `chrome-extension://${extensionId(folder)}/index.html`);
      expect(visited).toEqual({ text: answer, problems: [] });
    } finally {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    }
    ways.answered('an extension of Chromium, Manifest V3');
  });

  const electron = findElectron();
  if (!electron) ways.notRun('Electron', 'no program "electron" was found; ELECTRON may name one');

  describe.skipIf(!electron)('in Electron', () => {
    test('the renderer answers', () => {
      writePlainPage(given, 'electron');
      project().write('electron/package.json', '{ "name": "asking", "main": "main.cjs" }');
      project().write('electron/main.cjs', electronMain);
      const { program = '', version = '' } = electron ?? {};
      const args = chromiumArgs(program).filter((argument) => !argument.startsWith('--headless'));
      const screen = process.platform === 'linux' ? ['--ozone-platform=headless'] : [];
      const { stdout, stderr } = project().run(program, ['.', ...args, ...screen], 'electron');
      expect({ stdout, stderr: stdout === '' ? stderr : '' }).toEqual({
        stdout: expect.stringContaining(`said ${answer}`) as string,
        stderr: '',
      });
      ways.answered(`Electron ${version}`);
    });
  });
}
