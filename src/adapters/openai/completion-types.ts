// The shapes of chat completions, as far as they are answered here, spelled as the API spells them. Types only; the tests hold
// them against those of the package `openai`.

import type { AskInput, AskOptions, Point, Track } from '../../api.ts';

/** A part of a message: text. */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** A part of a message: a picture. */
export interface ImagePart {
  readonly type: 'image_url';
  readonly image_url: {
    /** A data: URL, or an address of http or https. */
    readonly url: string;
    /** `low`, on all pictures: one crop each besides the whole picture. */
    readonly detail?: string;
  };
}

/** As servers of open models take it; not in the original API. */
export interface VideoPart {
  readonly type: 'video_url';
  readonly video_url: { readonly url: string };
}

/** Parts that the API knows and this model does not: they are refused by name. */
export interface ForeignPart {
  readonly type: 'input_audio' | 'file' | 'refusal';
}

/** One turn of a request. */
export interface ChatCompletionMessageParam {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function';
  readonly content?: string | readonly (TextPart | ImagePart | VideoPart | ForeignPart)[] | null;
}

/** What an answer has to be. */
export type ResponseFormat =
  | { readonly type: 'text' }
  /** Any object, nested up to three levels. */
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly json_schema: { readonly name: string; readonly schema?: Readonly<Record<string, unknown>> };
    };

/** What a question of this model may say beyond the API. */
export interface MolmoParams
  extends
    Pick<AskInput, 'style' | 'startSec' | 'endSec' | 'maxFrames' | 'maxFps' | 'maxCrops'>,
    Pick<AskOptions, 'expect' | 'kv' | 'fit'> {}

/** A request, as far as it is answered here; docs/adapters.md says what each field means to this model. */
export interface ChatCompletionCreateParams {
  readonly messages: readonly ChatCompletionMessageParam[];
  /** Left out, or the name of the model that is loaded. */
  readonly model?: string;
  /** Default 2048. */
  readonly max_completion_tokens?: number | null;
  readonly max_tokens?: number | null;
  /** Default 0: the most likely token, which is what points are best with. */
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  /** Default: another one for each request, where `temperature` is above 0. */
  readonly seed?: number | null;
  readonly stop?: string | readonly string[] | null;
  readonly frequency_penalty?: number | null;
  readonly presence_penalty?: number | null;
  /** By token id. */
  readonly logit_bias?: Readonly<Record<string, number>> | null;
  readonly logprobs?: boolean | null;
  readonly top_logprobs?: number | null;
  /** 1; `molmo.askAll` answers several questions at once. */
  readonly n?: number | null;
  readonly response_format?: ResponseFormat;
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  /** As servers of open models take them; not in the original API. */
  readonly top_k?: number | null;
  readonly min_p?: number | null;
  readonly repetition_penalty?: number | null;
  readonly molmo?: MolmoParams | null;
}

/** Where and when, in pixels of the original picture and seconds: what the text says as the model writes it. */
export interface FoundPlaces {
  points: readonly Point[];
  tracks: readonly Track[];
  count: number | null;
}

/** A token of an answer and the likeliest ones in its place. */
export interface ChatCompletionTokenLogprob {
  token: string;
  logprob: number;
  /** null where the token is only a part of a character. */
  bytes: number[] | null;
  top_logprobs: { token: string; logprob: number; bytes: number[] | null }[];
}

/** Log probabilities of an answer, where `logprobs` asked for them. */
export interface Logprobs {
  content: ChatCompletionTokenLogprob[];
  refusal: null;
}

/** Tokens of a request and its answer. */
export interface CompletionUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

/** The answer of a choice. */
export interface ChatCompletionMessage {
  role: 'assistant';
  content: string;
  refusal: null;
  molmo: FoundPlaces;
}

/** A whole answer. */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  choices: {
    index: number;
    message: ChatCompletionMessage;
    logprobs: Logprobs | null;
    finish_reason: 'stop' | 'length';
  }[];
  usage: CompletionUsage;
}

/** A piece of a streamed answer. */
export interface ChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  choices: {
    index: number;
    /** `molmo` comes with the last one. */
    delta: { role?: 'assistant'; content?: string; molmo?: FoundPlaces };
    logprobs: Logprobs | null;
    finish_reason: 'stop' | 'length' | null;
  }[];
  /** With `stream_options.include_usage`: null until the very last chunk, which has no choices. */
  usage?: CompletionUsage | null;
}
