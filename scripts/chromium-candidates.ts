// Where a Chromium may lie on this machine: CHROMIUM, Playwright's folder, the system.

import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import process from 'node:process';

export interface Candidate {
  readonly path: string;
  /** How the path was found, for messages. */
  readonly from: string;
}

/** The headless shell is another program than the browser: it knows no --headless=new. */
export function isHeadlessShell(path: string): boolean {
  return /headless[-_]shell/.test(basename(path));
}

const browserNames = new Set([
  'chrome',
  'chromium',
  'chrome.exe',
  'Google Chrome for Testing',
  'Chromium',
  'chrome-headless-shell',
  'headless_shell',
  'chrome-headless-shell.exe',
]);

/** Files of `folder`, at most `depth` folders down, that are browsers. */
function browsersUnder(folder: string, depth: number): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return depth > 0 ? browsersUnder(path, depth - 1) : [];
    return browserNames.has(entry.name) ? [path] : [];
  });
}

function playwrightFolder(): string {
  const chosen = process.env['PLAYWRIGHT_BROWSERS_PATH'];
  if (chosen && chosen !== '0') return chosen;
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/ms-playwright');
  if (process.platform === 'win32') return join(process.env['LOCALAPPDATA'] ?? homedir(), 'ms-playwright');
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ms-playwright');
}

/** Playwright keeps each revision in its own folder, `chromium-1234` and `chromium_headless_shell-1234`. */
function playwrightBrowsers(): Candidate[] {
  const folder = playwrightFolder();
  if (!existsSync(folder)) return [];
  const revision = (name: string): number => Number(name.slice(name.lastIndexOf('-') + 1)) || 0;
  return readdirSync(folder)
    .filter((name) => name.startsWith('chromium'))
    .sort((a, b) => revision(b) - revision(a))
    .flatMap((name) => browsersUnder(join(folder, name), 5))
    .map((path) => ({ path, from: "Playwright's" }));
}

const commands = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'chromium-headless-shell',
  'chrome-headless-shell',
];

function systemBrowsers(): Candidate[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  const installed =
    process.platform === 'darwin'
      ? ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
          (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
        )
      : process.platform === 'win32'
        ? ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => {
            const folder = process.env[name];
            return folder ? [join(folder, 'Google/Chrome/Application/chrome.exe')] : [];
          })
        : ['/opt/google/chrome/chrome', '/usr/lib/chromium/chromium'];
  return [...onPath, ...installed].map((path) => ({ path, from: "the system's" }));
}

/** Every Chromium that may be there, best first: the whole browser before the headless shell. */
export function chromiumCandidates(): Candidate[] {
  const chosen = process.env['CHROMIUM'];
  if (chosen) return [{ path: chosen, from: 'the environment variable CHROMIUM' }];
  const found = [...playwrightBrowsers(), ...systemBrowsers()].filter(({ path }) => existsSync(path));
  const shellLast = (a: Candidate, b: Candidate): number =>
    Number(isHeadlessShell(a.path)) - Number(isHeadlessShell(b.path));
  return [...new Map(found.map((candidate) => [candidate.path, candidate])).values()].sort(shellLast);
}
