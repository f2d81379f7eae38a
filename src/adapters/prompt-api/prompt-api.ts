// The sub-path `molmo2-webgpu/prompt-api`: `LanguageModel` as browsers have it (webmachinelearning/prompt-api), answered by a
// model of ours, for pages whose browser has none, and for pictures, videos and points.

import type { Progress } from '../../api.ts';
import { isMolmo2Error } from '../failure.ts';
import { domErrorOf, notSupported, syntaxError } from './dom-errors.ts';
import { History } from './history.ts';
import { turnsOf } from './messages.ts';
import type {
  Availability,
  CreateCoreOptions,
  CreateOptions,
  Expected,
  LanguageModel,
  MessageType,
  PromptModel,
  SamplingMode,
} from './prompt-types.ts';
import { Session, type SessionParts } from './session.ts';
import { unlessAborted } from './work-queue.ts';

export type {
  Availability,
  CreateCoreOptions,
  CreateMonitor,
  CreateOptions,
  Expected,
  ImageValue,
  LanguageModel,
  Message,
  MessageContent,
  MessageType,
  Prompt,
  PromptModel,
  PromptOptions,
  QuotaExceeded,
  SamplingMode,
  SessionMethods,
  TextStream,
  VideoValue,
} from './prompt-types.ts';

/** How the model is had when the first session needs it. */
export interface ModelLoader {
  /** Loads the model when the first session is created: `(options) => Molmo2.load({ model, ...options })`. */
  load(options: { readonly onProgress: (progress: Progress) => void }): Promise<PromptModel>;
  /** Whether it could answer here; default: whether a page has `navigator.gpu`. */
  isSupported?(): boolean | Promise<boolean>;
}

/** What a page finds as `LanguageModel`. */
export interface LanguageModelStatic {
  /** Sessions are `instanceof` it; only `create` and `clone` make them. */
  new (parts: never): LanguageModel;
  /** Loads the model unless it is there, and opens a session. Rejects with a DOMException, a TypeError or the signal's reason. */
  create(options?: CreateOptions): Promise<LanguageModel>;
  /** Whether `create` with these options would work, and whether it would load the model first. */
  availability(options?: CreateCoreOptions): Promise<Availability>;
}

const inputs: readonly MessageType[] = ['text', 'image', 'video'];
const modes: readonly SamplingMode[] = [
  'most-predictable',
  'predictable',
  'balanced',
  'creative',
  'most-creative',
];

/** The first thing that cannot be; null where all can. Throws for values that are none of the API. */
function unsupported({
  expectedInputs,
  expectedOutputs,
  samplingMode,
  tools,
}: CreateCoreOptions): string | null {
  if (samplingMode !== undefined && !modes.includes(samplingMode))
    throw new TypeError(`samplingMode must be "${modes.join('", "')}", got ${JSON.stringify(samplingMode)}.`);
  const check = (list: readonly Expected[] = [], known: readonly MessageType[], what: string) => {
    for (const { languages } of list) Intl.getCanonicalLocales(languages);
    const other = list.find(({ type }) => !known.includes(type));
    return other ? `${what} of the type ${JSON.stringify(other.type)} are not supported.` : null;
  };
  const isCalling = (tools ?? []).length > 0 ? 'The model calls no tools. Leave them out.' : null;
  return check(expectedInputs, inputs, 'Inputs') ?? check(expectedOutputs, ['text'], 'Outputs') ?? isCalling;
}

/** `ProgressEvent` is not everywhere. */
function downloadProgress(loaded: number): Event {
  const init = { lengthComputable: true, loaded, total: 1 };
  if (typeof ProgressEvent === 'function') return new ProgressEvent('downloadprogress', init);
  return Object.assign(new Event('downloadprogress'), init);
}

const isLoader = (source: PromptModel | ModelLoader): source is ModelLoader => 'load' in source;

/** The model, which is loaded when it is first needed, and once. */
class Source {
  readonly #loader: ModelLoader;
  readonly #listeners = new Set<(share: number) => void>();
  #loading: Promise<PromptModel> | null = null;
  #loaded: PromptModel | null = null;
  #isImpossible = false;

  constructor(source: PromptModel | ModelLoader) {
    this.#loader = isLoader(source) ? source : { load: () => Promise.resolve(source) };
    if (!isLoader(source)) this.#loaded = source;
  }

  async availability(): Promise<Availability> {
    if (this.#loaded) return 'available';
    if (this.#loading) return 'downloading';
    const isSupported = () => this.#loader.isSupported?.() ?? (typeof document === 'undefined' || 'gpu' in navigator); // prettier-ignore
    return !this.#isImpossible && (await isSupported()) ? 'downloadable' : 'unavailable';
  }

  /** Tells shares from 0 to 1 meanwhile. Whoever comes later waits for the same load; a failed one is tried again. */
  async model(onShare: (share: number) => void): Promise<PromptModel> {
    if (this.#loaded) return this.#loaded;
    this.#listeners.add(onShare);
    try {
      this.#loading ??= this.#loader.load({ onProgress: (progress) => this.#tell(progress) });
      this.#loaded = await this.#loading;
      return this.#loaded;
    } catch (error) {
      this.#isImpossible = isMolmo2Error(error) && error.code === 'no-webgpu';
      throw domErrorOf(error, 'OperationError');
    } finally {
      this.#loading = null;
      this.#listeners.delete(onShare);
    }
  }

  #tell({ stage, done, total }: Progress): void {
    if (stage !== 'load' || !total) return;
    for (const listener of this.#listeners) listener(Math.min(1, done / total));
  }
}

/** Tells a monitor shares that grow, 0 first and 1 at last. */
function reporter(
  monitor: CreateOptions['monitor'],
  signal: AbortSignal | undefined,
): (share: number) => void {
  const target = new EventTarget();
  monitor?.(target);
  let told = -1;
  return (share) => {
    if (share <= told || signal?.aborted) return;
    told = share;
    target.dispatchEvent(downloadProgress(share));
  };
}

/**
 * `LanguageModel` of a loaded model, or of one that is loaded when the first session is created. The model stays yours: sessions
 * free their own memory with `destroy()`, and `molmo.dispose()` frees the rest.
 */
export function createLanguageModel(source: PromptModel | ModelLoader): LanguageModelStatic {
  const shared = new Source(source);

  class OwnLanguageModel extends Session {
    constructor(parts: SessionParts) {
      if (!parts?.chat) throw new TypeError('Illegal constructor. Use LanguageModel.create().');
      super(parts);
    }

    static async availability(options: CreateCoreOptions = {}): Promise<Availability> {
      return unsupported(options) === null ? shared.availability() : 'unavailable';
    }

    static async create(options: CreateOptions = {}): Promise<OwnLanguageModel> {
      const { signal, initialPrompts = [], samplingMode = 'balanced', monitor } = options;
      signal?.throwIfAborted();
      const complaint = unsupported(options);
      if (complaint !== null) throw notSupported(complaint);
      const types = new Set<MessageType>(['text', ...(options.expectedInputs ?? []).map(({ type }) => type)]);
      const initial =
        initialPrompts.length > 0 ? await turnsOf(initialPrompts, { types, isBegun: false }) : null;
      if (initial && initial.prefix !== '') throw syntaxError('Initial prompts cannot end with a prefix.');
      const report = reporter(monitor, signal);
      report(0);
      const model = await unlessAborted(shared.model(report), signal);
      report(1);
      const parts = { model, chat: model.chat(), history: new History(), settings: { types, samplingMode } };
      const session = new OwnLanguageModel({ ...parts, held: 0, contextUsage: 0 });
      try {
        if (initial) await session.begin(initial.turns, signal);
      } catch (error) {
        session.destroy();
        throw error;
      }
      signal?.addEventListener('abort', () => session.endBecause(signal.reason), { once: true });
      return session;
    }
  }
  return OwnLanguageModel;
}
