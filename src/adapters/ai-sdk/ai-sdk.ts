// The sub-path `molmo2-webgpu/ai-sdk`: a loaded model as a provider of the AI SDK (package `ai`, version 7).

import type { Answer, AskEvent } from '../../api.ts';
import { accepted, linked, type Answering } from '../answering.ts';
import { callOf } from './call.ts';
import type {
  CallOptions,
  Finish,
  GenerateResult,
  LanguageModel,
  PartStream,
  Provider,
  StreamPart,
  Warning,
} from './provider-types.ts';

export type { Answering } from '../answering.ts';
export type {
  CallOptions,
  FilePart,
  Finish,
  GenerateResult,
  Json,
  JsonObject,
  LanguageModel,
  PartStream,
  PromptMessage,
  PromptPart,
  Provider,
  StreamPart,
  Usage,
  Warning,
} from './provider-types.ts';

/** What the provider is called by. All optional. */
export interface MolmoOptions {
  /** What the model is called; default `molmo.info.model`. */
  readonly model?: string;
}

type Metadata = Finish['providerMetadata']['molmo'];

function finishOf(answer: Answer): Finish {
  const { points, tracks, count, timings, finishReason, usage } = answer;
  const { promptTokens, visionTokens, newTokens } = usage;
  return {
    finishReason: { unified: finishReason === 'length' ? 'length' : 'stop', raw: finishReason },
    usage: {
      inputTokens: {
        total: promptTokens,
        noCache: promptTokens,
        cacheRead: undefined,
        cacheWrite: undefined,
      },
      outputTokens: { total: newTokens, text: newTokens, reasoning: undefined },
    },
    // Plain data, of which only the types are readonly.
    providerMetadata: {
      molmo: { points, tracks, count, timings, visionTokens } as unknown as Metadata,
    },
  };
}

const textId = '0';

async function* partsOf(
  events: AsyncIterable<AskEvent>,
  warnings: Warning[],
  modelId: string,
): AsyncGenerator<StreamPart, void, undefined> {
  yield { type: 'stream-start', warnings };
  yield { type: 'response-metadata', modelId, timestamp: new Date() };
  yield { type: 'text-start', id: textId };
  for await (const event of events) {
    if (event.type === 'text') yield { type: 'text-delta', id: textId, delta: event.text };
    if (event.type !== 'done') continue;
    yield { type: 'text-end', id: textId };
    yield { type: 'finish', ...finishOf(event.answer) };
  }
}

/**
 * The parts as a stream, in which a failure is a part, too; an abort errors it with the signal's own reason. Cancelled, it ends the
 * work.
 */
function streamOf(parts: AsyncGenerator<StreamPart, void, undefined>, stop: AbortController): PartStream {
  return new ReadableStream<StreamPart>({
    async pull(controller) {
      try {
        const { done, value } = await parts.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        if (stop.signal.aborted) {
          controller.error(stop.signal.reason);
          return;
        }
        controller.enqueue({ type: 'error', error });
        controller.close();
      }
    },
    cancel: () => stop.abort(),
  });
}

function languageModel(molmo: Answering, modelId: string): LanguageModel {
  return {
    specificationVersion: 'v4',
    provider: 'molmo',
    modelId,
    // Addresses are fetched here, with the checks and retries of `ask`.
    supportedUrls: { 'image/*': [/^https?:/], 'video/*': [/^https?:/] },
    async doGenerate(options: CallOptions): Promise<GenerateResult> {
      const { input, options: asked, warnings } = callOf(options);
      for await (const event of molmo.ask(input, asked)) {
        if (event.type !== 'done') continue;
        const { text } = event.answer;
        const response = { modelId, timestamp: new Date() };
        return { content: [{ type: 'text', text }], ...finishOf(event.answer), warnings, response };
      }
      throw new Error('The model ended without an answer.');
    },
    async doStream(options: CallOptions) {
      const stop = linked(options.abortSignal);
      const call = callOf({ ...options, abortSignal: stop.signal });
      const events = await accepted(molmo.ask(call.input, call.options));
      return { stream: streamOf(partsOf(events, call.warnings, modelId), stop) };
    },
  };
}

/** The SDK knows its errors by these symbols, so that no class of it is needed. */
function noSuchModel(modelType: string, modelId: string, hint: string): Error {
  const name = 'AI_NoSuchModelError';
  return Object.assign(new Error(`No such ${modelType}: ${modelId}. ${hint}`), {
    name,
    modelId,
    modelType,
    [Symbol.for('vercel.ai.error')]: true,
    [Symbol.for(`vercel.ai.error.${name}`)]: true,
  });
}

/**
 * A loaded model as a provider of the AI SDK: `streamText({ model: createMolmo(molmo)(), ... })`. Errors are those of `ask`. The
 * model stays yours: dispose it when it is not needed.
 */
export function createMolmo(molmo: Answering, options: MolmoOptions = {}): Provider {
  const named = (modelId?: string): LanguageModel => {
    const name = options.model ?? molmo.info.model;
    if (modelId === undefined || modelId === name) return languageModel(molmo, name);
    throw noSuchModel('languageModel', modelId, `The one that is loaded is called ${JSON.stringify(name)}.`);
  };
  const none = (modelType: string) => (modelId: string): never => {
    throw noSuchModel(modelType, modelId, 'This model answers with text alone.');
  }; // prettier-ignore
  return Object.assign((modelId?: string) => named(modelId), {
    specificationVersion: 'v4' as const,
    languageModel: named,
    embeddingModel: none('embeddingModel'),
    imageModel: none('imageModel'),
  });
}
