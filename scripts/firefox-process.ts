// A headless Firefox with a profile of its own, in which WebGPU is switched on and nothing but this machine can be reached.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const settings: Readonly<Record<string, boolean | number | string>> = {
  'dom.webgpu.enabled': true, // not yet on in releases for Linux
  'gfx.webgpu.ignore-blocklist': true, // software drivers are on it
  // A browser that starts asks several servers for news. This machine is never reached through a proxy, others only so, and
  // there is none.
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

const patienceMs = 10_000;

function newProfile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'molmo2-firefox-'));
  const lines = Object.entries(settings).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(folder, 'user.js'), lines.join(''));
  return folder;
}

export class FirefoxProcess {
  readonly #profile = newProfile();
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #closing = false;
  readonly #die = () => {
    this.#child.kill('SIGKILL');
    this.#removeProfile();
  };
  readonly #exit = () => process.exit(143); // which ends Firefox as well

  /** Opens `url`. `onEnd` hears when Firefox goes by itself, or does not start. */
  constructor(program: string, url: string, onEnd: (how: string) => void) {
    const args = ['--headless', '--no-remote', '--profile', this.#profile, url];
    this.#child = spawn(program, args, { stdio: 'ignore' });
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (!this.#closing) onEnd(how);
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (status, signal) => end(`ended with ${signal ?? `exit status ${status}`}`));
    });
    // Nobody else would end it.
    process.once('exit', this.#die);
    process.once('SIGTERM', this.#exit);
    process.once('SIGHUP', this.#exit);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await this.#ended;
    clearTimeout(timer);
    process.off('exit', this.#die);
    process.off('SIGTERM', this.#exit);
    process.off('SIGHUP', this.#exit);
    this.#removeProfile();
  }

  #removeProfile(): void {
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
