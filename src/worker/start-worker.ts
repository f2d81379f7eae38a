// Starts the worker of a page, also where its file comes from another origin, as from a CDN, or where the page accepts
// trusted script addresses only.

import { blockedWorker, policyName } from './blocked-worker.ts';

const options = { type: 'module', name: 'molmo2' } as const;

/** The one place that names the worker's file: bundlers look for these very words, and make one worker of them. */
const construct = (): Worker =>
  new Worker(new URL('./host.ts', import.meta.url), { type: 'module', name: 'molmo2' });

/**
 * The address that `construct` uses, which only a bundler knows: the constructor is asked in place of a worker. Throws
 * `worker-blocked` where there is none.
 */
export function workerAddress(): string {
  const { Worker: original } = globalThis;
  let address = '';
  globalThis.Worker = class {
    constructor(url: string | URL) {
      address = String(url);
    }
  } as unknown as typeof Worker;
  try {
    construct();
  } catch (cause) {
    throw blockedWorker(
      `its file has no address (${wordsOf(cause)}): a bundler made a script of the page that is no module, and knows nothing of import.meta.url`,
      cause,
    );
  } finally {
    globalThis.Worker = original;
  }
  return address;
}

interface ScriptPolicy {
  createScriptURL(address: string): unknown;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): ScriptPolicy;
}

let policy: ScriptPolicy | undefined;

/** The address as pages with Trusted Types accept it; other browsers and pages take it as it is. */
function trusted(address: string): URL {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy(policyName, { createScriptURL: (url) => url });
  return (policy?.createScriptURL(address) ?? address) as URL;
}

/** A worker of the page's own origin that imports another one's file. */
function startFromBlob(address: string): Worker {
  const script = new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' });
  const own = URL.createObjectURL(script);
  const worker = new Worker(trusted(own), options);
  // By its first message or error it has read the script.
  const release = () => URL.revokeObjectURL(own);
  worker.addEventListener('message', release, { once: true });
  worker.addEventListener('error', release, { once: true });
  return worker;
}

const wordsOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');

/** A new worker. Throws `worker-blocked` where the page may not start one; a file that is missing shows later. */
export function startWorker(): Worker {
  try {
    return construct();
  } catch {
    // Told apart below: another origin, or an address that is not trusted.
  }
  const address = workerAddress();
  try {
    const isOwn = new URL(address, location.href).origin === location.origin;
    return isOwn ? new Worker(trusted(address), options) : startFromBlob(address);
  } catch (cause) {
    const reason = `${address} was refused (${wordsOf(cause)})`;
    throw blockedWorker(
      location.protocol === 'file:'
        ? `the page was opened as a file, and browsers start no worker of file:// (${reason})`
        : reason,
      cause,
    );
  }
}
