// Why a worker did not start or ended, in words: as far as the browser tells, and as far as its file can be looked at.

import { Molmo2Error } from '../errors.ts';

/** Name of the policy that a page with Trusted Types allows with `trusted-types molmo2-webgpu`. */
export const policyName = 'molmo2-webgpu';

const advice =
  "Host the package's files (dist/ and models/) on the page's own origin, or send Access-Control-Allow-Origin with them " +
  `and let the page's content security policy allow "worker-src blob:" with that origin and, where it has Trusted Types, ` +
  `"trusted-types ${policyName}". Or compute without a worker: load({ thread: 'page' }).`;

/** The error for a worker that did not start; `found` says why, as far as a page may know. */
export function blockedWorker(found: string, cause?: unknown): Molmo2Error {
  return new Molmo2Error('worker-blocked', `The worker of molmo2-webgpu did not start: ${found}. ${advice}`, {
    cause,
  });
}

/** The error for a worker that was at work and is no more. */
export function failedWorker(found: string): Molmo2Error {
  return new Molmo2Error(
    'worker-failed',
    `The worker of molmo2-webgpu ended while the model was in use: ${found}. Load the model again; nothing of it is left.`,
  );
}

/** What the page's policies forbade since `watchPolicies` was called. */
export interface PolicyWatch {
  /** The last of it that may be about a worker, as words. */
  readonly found: () => string | null;
  readonly stop: () => void;
}

const aboutScripts = /^(worker-src|child-src|script-src|default-src|trusted-types|require-trusted-types-for)/;

/** A worker that a policy forbids ends like one whose file is missing; only this event tells the policy. */
export function watchPolicies(): PolicyWatch {
  let found: string | null = null;
  const note = (event: Event) => {
    const { effectiveDirective, blockedURI, disposition, originalPolicy } =
      event as SecurityPolicyViolationEvent;
    if (disposition !== 'enforce' || !aboutScripts.test(effectiveDirective)) return;
    const about = originalPolicy.length > 300 ? `${originalPolicy.slice(0, 300)}...` : originalPolicy;
    found = `the page's content security policy does not allow it (${effectiveDirective} forbids ${blockedURI || 'it'}; the policy is "${about}")`;
  };
  const target: EventTarget = typeof document === 'undefined' ? globalThis : document;
  target.addEventListener('securitypolicyviolation', note);
  return {
    found: () => found,
    stop: () => target.removeEventListener('securitypolicyviolation', note),
  };
}

/** A server that does not answer is not waited for any longer. */
const patienceMs = 5000;

const linesOfDocs = 'esbuild and Rollup need the two lines of docs/where-it-runs.md';

/** Looks at the worker's file as a page can, and says what is wrong; `heard` is what the browser said. */
export async function whatLiesAt(address: string, heard: string): Promise<string> {
  try {
    const { ok, status, headers, body } = await fetch(address, { signal: AbortSignal.timeout(patienceMs) });
    await body?.cancel();
    if (!ok) return `its file was not found at ${address} (HTTP ${status}; ${linesOfDocs})`;
    const type = headers.get('content-type') ?? '';
    if (/javascript|ecmascript/.test(type))
      return `what is at ${address} cannot be run: it is damaged, or something that it imports was not loaded${heard && ` (${heard})`}`;
    const kind = type === '' ? 'a file without a type' : `"${type}"`;
    return `in place of its file there is ${kind} at ${address}, which is no script (${linesOfDocs})`;
  } catch {
    return `its file was not found or not allowed to load from ${address} (${linesOfDocs})`;
  }
}
