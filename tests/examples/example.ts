// A folder of examples/ as its user has it: copied to another place, with the packed tarball installed.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { install, packInto, userEnvironment } from '../package/empty-project.ts';

interface PackageJson {
  readonly dependencies: Record<string, string>;
}

export interface Example {
  readonly folder: string;
  /** Runs a program there; throws with its output where it fails. Returns what it printed. */
  run(command: string, args: readonly string[]): string;
  /** Starts a program there that serves pages; resolves with its address when it tells one. */
  serve(command: string, args: readonly string[]): Promise<string>;
}

/** Makes examples, and removes all of them. */
export class Examples {
  readonly #folder = mkdtempSync(join(tmpdir(), 'molmo2-examples-'));
  readonly #tarball = packInto(join(this.#folder, 'tarball'));
  readonly #servers: { kill(): unknown }[] = [];

  install(name: string): Example {
    const folder = join(this.#folder, name);
    cpSync(join('examples', name), folder, { recursive: true });
    const file = join(folder, 'package.json');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
    const dependencies = { ...settings.dependencies, 'molmo2-webgpu': `file:${this.#tarball}` };
    writeFileSync(file, JSON.stringify({ ...settings, dependencies }));
    install(folder);
    const options = { cwd: folder, env: userEnvironment(), encoding: 'utf8' as const };
    return {
      folder,
      run(command, args) {
        const { status, stdout, stderr } = spawnSync(command, args, options);
        if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
        return stdout;
      },
      serve: (command, args) => {
        const server = spawn(command, args, options);
        this.#servers.push(server);
        return new Promise((resolve, reject) => {
          let output = '';
          const read = (piece: Buffer) => {
            output += piece.toString();
            const [address] = /http:\/\/localhost:\d+/.exec(output) ?? [];
            if (address !== undefined) resolve(address);
          };
          server.stdout.on('data', read);
          server.stderr.on('data', read);
          server.on('error', reject);
          server.on('exit', () => reject(new Error(`${command} ${args.join(' ')} ended:\n${output}`)));
        });
      },
    };
  }

  remove(): void {
    for (const server of this.#servers) server.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The program of a package that is installed there, as arguments of Node: npx would leave its child behind when it is ended. */
export function programOf({ folder }: Example, name: string): string[] {
  const { bin } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as {
    readonly bin: string | Record<string, string>;
  };
  return [join(folder, 'node_modules', name, typeof bin === 'string' ? bin : (bin[name] ?? ''))];
}

export interface Asked {
  readonly text: string;
  /** What the overlay tells screen readers of its dots. */
  readonly marked: string;
  readonly problems: readonly string[];
}

/** Does what a visitor of the page does: chooses a picture, writes a question, presses the button, and reads. */
export async function askOnPage(
  browser: Browser,
  url: string,
  { picture, question, answer }: { picture: string; question: string; answer: string },
): Promise<Asked> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  try {
    await page.goto(url);
    await page.locator('button:enabled').waitFor({ timeout: 120_000 });
    await page.setInputFiles('input[type=file]', picture);
    await page.fill('input[name=prompt]', question);
    await page.click('button');
    const output = page.locator('output');
    await output.filter({ hasText: answer }).waitFor({ timeout: 120_000 });
    const marked = page.locator('molmo-overlay p');
    return {
      text: (await output.textContent()) ?? '',
      marked: (await marked.textContent()) ?? '',
      problems,
    };
  } finally {
    await page.close();
  }
}
