// What version 4 of the AI SDK's language-model interface asks of a model, as far as it is answered here. Types only, so that the
// package needs none of the SDK's; the tests hold them against those of `@ai-sdk/provider`.

/** A value of JSON. */
export type Json = null | string | number | boolean | JsonObject | Json[];
/** An object of JSON. */
export type JsonObject = { [key: string]: Json | undefined };

/** A part of a message: a picture or a video. */
export interface FilePart {
  readonly type: 'file';
  /** `image/png`, `image`, `video/mp4` ... */
  readonly mediaType: string;
  readonly data:
    | { readonly type: 'data'; readonly data: Uint8Array | string }
    | { readonly type: 'url'; readonly url: URL }
    | { readonly type: 'reference' }
    | { readonly type: 'text'; readonly text: string };
}

/** A part of a message. */
export type PromptPart =
  | { readonly type: 'text'; readonly text: string }
  | FilePart
  | { readonly type: 'reasoning' }
  /** Parts that the interface knows and this model does not. */
  | {
      readonly type: 'custom' | 'reasoning-file' | 'tool-call' | 'tool-result' | 'tool-approval-response';
    };

/** One turn of a prompt. */
export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string | readonly PromptPart[];
}

/** What the SDK asks for. */
export interface CallOptions {
  readonly prompt: readonly PromptMessage[];
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly responseFormat?:
    { readonly type: 'text' } | { readonly type: 'json'; readonly schema?: object | undefined } | undefined;
  readonly seed?: number | undefined;
  readonly tools?: readonly unknown[] | undefined;
  readonly toolChoice?: { readonly type: string } | undefined;
  readonly reasoning?: string | undefined;
  readonly abortSignal?: AbortSignal | undefined;
  /** `molmo`: what a question may say beyond the SDK (docs/adapters.md). */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
}

/** Something that was asked for and is passed over. */
export interface Warning {
  type: 'unsupported';
  feature: string;
  details?: string;
}

/** Tokens of a call. */
export interface Usage {
  inputTokens: {
    total: number;
    noCache: number | undefined;
    cacheRead: number | undefined;
    cacheWrite: number | undefined;
  };
  outputTokens: { total: number; text: number; reasoning: number | undefined };
}

/** How an answer ended. */
export interface Finish {
  finishReason: { unified: 'stop' | 'length'; raw: string };
  usage: Usage;
  /** `molmo`: points, tracks and count, in pixels of the original picture, and milliseconds of each stage. */
  providerMetadata: { molmo: JsonObject };
}

/** A whole answer. */
export interface GenerateResult extends Finish {
  content: { type: 'text'; text: string }[];
  warnings: Warning[];
  response: { modelId: string; timestamp: Date };
}

/** A piece of a streamed answer. */
export type StreamPart =
  | { type: 'stream-start'; warnings: Warning[] }
  | { type: 'response-metadata'; modelId: string; timestamp: Date }
  | { type: 'text-start'; id: string }
  | { type: 'text-delta'; id: string; delta: string }
  | { type: 'text-end'; id: string }
  | ({ type: 'finish' } & Finish)
  | { type: 'error'; error: unknown };

/** Pieces of an answer as they come. */
export type PartStream = AsyncIterable<StreamPart> & ReadableStream;

/** A model as `generateText`, `streamText` and their like take it. */
export interface LanguageModel {
  readonly specificationVersion: 'v4';
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]>;
  /** Answers. Throws `Molmo2Error`, or the signal's own reason. */
  doGenerate(options: CallOptions): Promise<GenerateResult>;
  /** Answers piece by piece. Throws as `doGenerate`; what goes wrong later is a part of type `error`. */
  doStream(options: CallOptions): Promise<{ stream: PartStream }>;
}

/** `molmo()` or `molmo(name)`, and the methods of a provider. */
export interface Provider {
  (modelId?: string): LanguageModel;
  readonly specificationVersion: 'v4';
  /** The loaded model. Throws for the name of another. */
  languageModel(modelId?: string): LanguageModel;
  /** There is none: throws. */
  embeddingModel(modelId: string): never;
  /** There is none: throws. */
  imageModel(modelId: string): never;
}
