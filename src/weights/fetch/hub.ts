// A checkpoint on the model hub: `hf:owner/name[@revision]` -> its files, read in ranges.
//
// The hub answers `resolve` addresses itself or redirects to the store where a large file lies. `fetch` follows and leaves
// the Authorization header out as soon as the origin changes, so the token never reaches a store (older browsers that do not
// are refused a token); the address behind a
// redirect is kept until it expires. All files are of one commit, and one that changes on the way is noticed.

import { Molmo2Error } from '../../errors.ts';
import { backoffMs } from '../../net/retry.ts';
import { hubAnswer, type FileVersion, type HubAnswer } from './hub-answer.ts';
import { largestSmallFile, type ModelFiles } from '../files/model-files.ts';
import { readBody, unlessStalled } from './read-body.ts';
import { defaultPolicy, secondsOf, waitAgain, type RetryPolicy } from './retry.ts';

export interface HubAddress {
  /** Origin, and path where the hub has one; no slash at the end. */
  readonly endpoint: string;
  /** `owner/name`. */
  readonly repo: string;
  /** A branch, tag or commit. */
  readonly revision: string;
  readonly token: string | null;
}

export interface Hub extends ModelFiles {
  /** The address with the commit that the revision meant when the first file was read, if the hub said so. */
  address(): HubAddress;
  /** Asks for the version of a file; null when there is none of that name. */
  version(name: string, signal?: AbortSignal): Promise<FileVersion | null>;
}

export interface HubOptions {
  readonly policy?: Partial<RetryPolicy>;
  readonly fetch?: typeof fetch;
  /** Versions found earlier; files must still be the same. */
  readonly versions?: ReadonlyMap<string, FileVersion>;
}

export const defaultEndpoint = 'https://huggingface.co';

/** Reads `hf:owner/name[@revision]`; null for anything that does not begin with `hf:`. Throws `unknown-model` when it is misspelled. */
export function hubAddress(
  text: string,
  { endpoint = defaultEndpoint, token = null }: { endpoint?: string | undefined; token?: string | null } = {},
): HubAddress | null {
  if (!text.startsWith('hf:')) return null;
  if (!/^https?:/i.test(endpoint) || !URL.canParse(endpoint))
    throw new TypeError(
      `options.hub.endpoint must be an address such as ${defaultEndpoint}, got "${endpoint}".`,
    );
  // A header takes nothing else, and a request that cannot be made would be tried again and again.
  if (token !== null && !/^[\x21-\x7e]+$/.test(token))
    throw new TypeError(
      `options.hub.token has characters that no token has (blanks, line ends or letters beyond ASCII). Copy it again.`,
    );
  const found = /^hf:([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:@([A-Za-z0-9][\w./-]*))?$/.exec(text);
  const [, repo, revision = 'main'] = found ?? [];
  if (repo === undefined || revision.includes('..'))
    throw new Molmo2Error(
      'unknown-model',
      `"${text}" is no model on the hub ${endpoint}. Write hf:OWNER/NAME or hf:OWNER/NAME@REVISION, for example hf:allenai/Molmo2-4B.`,
    );
  return { endpoint: endpoint.replace(/\/+$/, ''), repo, revision, token };
}

/** The first version of Chromium whose fetch leaves a token out where a redirect leads to another origin. */
const firstToDropTokens = 119;

interface NamedBrowser {
  readonly userAgentData?: {
    readonly brands?: readonly { readonly brand: string; readonly version: string }[];
  };
}

/** Throws `network` where the browser would take a token along to wherever the hub redirects. */
function refuseLeak({ token }: HubAddress): void {
  if (token === null || typeof navigator === 'undefined') return;
  const brands = (navigator as NamedBrowser).userAgentData?.brands ?? [];
  const version = Number(brands.find(({ brand }) => brand === 'Chromium')?.version ?? NaN);
  if (version < firstToDropTokens)
    throw new Molmo2Error(
      'network',
      `hub: { token } is not sent: Chromium ${version} would take it along to other sites that the hub redirects to. Update the browser (${firstToDropTokens} or later), or name a repository that needs no token.`,
    );
}

export function openHub(address: HubAddress, options: HubOptions = {}): Hub {
  refuseLeak(address);
  return new HubFiles(address, options);
}

/** What came of one attempt at a file. */
type Attempt =
  | { readonly kind: 'done'; readonly bytes: Uint8Array<ArrayBuffer> }
  | Exclude<HubAnswer, { readonly kind: 'body' }>;

class HubFiles implements Hub {
  readonly label: string;
  #address: HubAddress;
  readonly #policy: RetryPolicy;
  readonly #fetch: typeof fetch;
  readonly #versions: Map<string, FileVersion>;
  /** Where a redirect led, by file. */
  readonly #targets = new Map<string, string>();

  constructor(address: HubAddress, { policy, fetch = globalThis.fetch, versions = new Map() }: HubOptions) {
    this.#address = address;
    this.#policy = { ...defaultPolicy, ...policy };
    this.#fetch = (...args) => fetch(...args);
    this.#versions = new Map(versions);
    this.label = `hf:${address.repo}@${address.revision}`;
  }

  address(): HubAddress {
    return this.#address;
  }

  async read(name: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#retried(name, signal, async (both) => {
      const answer = await this.#ask(name, null, both);
      if (answer.kind !== 'body') return answer;
      const body = await readBody(answer.response, null, this.#policy.stallMs, both, largestSmallFile);
      return { kind: 'done', bytes: body };
    });
  }

  async readRange(
    name: string,
    start: number,
    end: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (start === end) return new Uint8Array(0);
    const bytes = await this.#retried(name, signal, async (both) => {
      const answer = await this.#ask(name, { start, end }, both);
      if (answer.kind !== 'body') return answer;
      const length = Math.min(end, answer.version?.byteLength ?? end) - start;
      return { kind: 'done', bytes: await readBody(answer.response, length, this.#policy.stallMs, both) };
    });
    if (bytes) return bytes;
    throw new Molmo2Error(
      'bad-checkpoint',
      `${this.label} has no ${name}. Name a repository that holds all files of a Molmo2 checkpoint.`,
    );
  }

  byteLength(name: string): Promise<number | null> {
    return Promise.resolve(this.#versions.get(name)?.byteLength ?? null);
  }

  async version(name: string, signal?: AbortSignal): Promise<FileVersion | null> {
    const known = this.#versions.get(name);
    if (known) return known;
    const bytes = await this.#retried(name, signal, async (both) => {
      const answer = await this.#ask(name, { start: 0, end: 1 }, both);
      if (answer.kind !== 'body') return answer;
      return { kind: 'done', bytes: await readBody(answer.response, 1, this.#policy.stallMs, both) };
    });
    return bytes ? (this.#versions.get(name) ?? null) : null;
  }

  /** Repeats `attempt` while it fails in a way that may pass. Null: there is no such file. */
  async #retried(
    name: string,
    signal: AbortSignal | undefined,
    attempt: (signal: AbortSignal) => Promise<Attempt>,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const never = new AbortController().signal;
    for (let failures = 1; ; failures++) {
      signal?.throwIfAborted();
      const own = new AbortController();
      const both = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
      const outcome = await attempt(both)
        .catch((cause: unknown): Attempt => {
          signal?.throwIfAborted();
          if (cause instanceof Molmo2Error) throw cause;
          return { kind: 'again', why: causeText(cause), waitMs: null };
        })
        .finally(() => own.abort()); // closes a connection whose body nobody read
      if (outcome.kind === 'done') return outcome.bytes;
      if (outcome.kind === 'missing') return null;
      if (outcome.kind === 'stop') throw new Molmo2Error(outcome.code, outcome.message);
      if (outcome.waitMs !== null && outcome.waitMs > this.#policy.longestWaitMs)
        throw new Molmo2Error(
          'network',
          `${name} of ${this.label} could not be fetched: ${outcome.why} and asks to wait ${secondsOf(outcome.waitMs)}. ${outcome.advice ?? 'Try again after that time.'}`,
        );
      if (failures > this.#policy.failures)
        throw new Molmo2Error(
          'network',
          `${name} of ${this.label} could not be fetched after ${failures} attempts (${outcome.why}). ${outcome.advice ?? 'Check the connection and run the same command again.'}`,
        );
      const wait = Math.max(backoffMs(failures, this.#policy), outcome.waitMs ?? 0);
      await waitAgain(this.#policy, wait, outcome.why, signal ?? never);
    }
  }

  /** One request, judged by its status and headers. */
  async #ask(
    name: string,
    range: { readonly start: number; readonly end: number } | null,
    signal: AbortSignal,
  ): Promise<HubAnswer> {
    const kept = this.#targets.get(name);
    const url = kept ?? this.#url(name);
    const known = this.#versions.get(name) ?? null;
    const request = this.#fetch(url, { headers: this.#headers(url, range, known), signal });
    const response = await unlessStalled(request, this.#policy.stallMs, signal);
    const answer = hubAnswer(response, {
      name,
      label: this.label,
      endpoint: this.#address.endpoint,
      repo: this.#address.repo,
      hasToken: this.#address.token !== null,
      isTarget: !this.#isHub(response.url || url),
      range,
      known,
      nowMs: this.#policy.now(),
    });
    if (answer.kind !== 'body') {
      this.#targets.delete(name); // an address that expired is asked for again
      return answer;
    }
    if (answer.version) this.#versions.set(name, answer.version);
    if (response.redirected && !this.#isHub(response.url)) this.#targets.set(name, response.url);
    // Where a file lies says nothing about the others: only the hub itself names the commit.
    const commit = this.#isHub(response.url || url) ? response.headers.get('X-Repo-Commit') : null;
    if (commit !== null && /^[0-9a-f]{40}$/.test(commit))
      this.#address = { ...this.#address, revision: commit };
    return answer;
  }

  #url(name: string): string {
    const { endpoint, repo, revision } = this.#address;
    return `${endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${encodeURIComponent(name)}`;
  }

  #headers(
    url: string,
    range: { readonly start: number; readonly end: number } | null,
    known: FileVersion | null,
  ): Record<string, string> {
    const { token } = this.#address;
    const strong = known?.etag?.startsWith('"') ? known.etag : null;
    return {
      ...(token !== null && this.#isHub(url) && { Authorization: `Bearer ${token}` }),
      // Compressed bytes could not be cut at the places that are meant.
      ...(range && { Range: `bytes=${range.start}-${range.end - 1}`, 'Accept-Encoding': 'identity' }),
      ...(range && strong !== null && { 'If-Range': strong }),
    };
  }

  #isHub(url: string): boolean {
    return new URL(url).origin === new URL(this.#address.endpoint).origin;
  }
}

function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
