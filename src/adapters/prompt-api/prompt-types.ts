// The shapes of the Prompt API (webmachinelearning/prompt-api), and what is added to them here: videos. Types only.

import type { FrameList } from '../../api.ts';
import type { Molmo2 } from '../../molmo2.ts';

/** What answers: a loaded `Molmo2`, or whatever chats as it does. */
export type PromptModel = Pick<Molmo2, 'chat' | 'info' | 'planQuestion'>;

/** Whether a session can be had, and what it takes. */
export type Availability = 'unavailable' | 'downloadable' | 'downloading' | 'available';

/** `video` is beyond the standard. */
export type MessageType = 'text' | 'image' | 'audio' | 'video' | 'tool-call' | 'tool-response';

/** From the likeliest answer (the first three, for points are best so) to the most surprising one. */
export type SamplingMode = 'most-predictable' | 'predictable' | 'balanced' | 'creative' | 'most-creative';

/** A picture: what `createImageBitmap` takes, or encoded bytes. */
export type ImageValue =
  | Blob
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | SVGImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame
  | ArrayBuffer
  | ArrayBufferView;

/** A video: a file, its bytes, or a list of frames. */
export type VideoValue = Blob | ArrayBuffer | ArrayBufferView | FrameList;

/** A part of a message. */
export interface MessageContent {
  readonly type: MessageType;
  readonly value: string | ImageValue | VideoValue;
}

/** One turn of a session. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly MessageContent[];
  /** The last message alone, of the assistant: the answer goes on with it. */
  readonly prefix?: boolean;
}

/** What a session is asked: text, or messages with pictures and videos. */
export type Prompt = string | readonly Message[];

/** A type of input or output that a session is made for. */
export interface Expected {
  readonly type: MessageType;
  /** BCP 47 tags; checked for their form. */
  readonly languages?: readonly string[];
}

/** What `availability` and `create` are asked for. */
export interface CreateCoreOptions {
  readonly expectedInputs?: readonly Expected[];
  readonly expectedOutputs?: readonly Expected[];
  readonly samplingMode?: SamplingMode;
  /** The model calls none: `create` refuses tools. */
  readonly tools?: readonly unknown[];
}

/** Told about a download: events `downloadprogress` with `loaded` from 0 to 1. */
export type CreateMonitor = EventTarget;

/** How a session begins. */
export interface CreateOptions extends CreateCoreOptions {
  readonly initialPrompts?: readonly Message[];
  /** Ends the creation, and the session once it is there. */
  readonly signal?: AbortSignal;
  readonly monitor?: (monitor: CreateMonitor) => void;
}

/** How a prompt is answered. */
export interface PromptOptions {
  /** A JSON schema, or a regular expression that matches the whole answer. */
  readonly responseConstraint?: RegExp | Readonly<Record<string, unknown>>;
  /** Nothing is added to the input for a constraint, whatever this says. */
  readonly omitResponseConstraintInput?: boolean;
  readonly signal?: AbortSignal;
}

/** Pieces of an answer. */
export type TextStream = AsyncIterable<string> & ReadableStream;

/** What does not fit the context, whatever is forgotten: a DOMException with these. */
export interface QuotaExceeded {
  readonly name: 'QuotaExceededError';
  /** Tokens of the input. */
  readonly requested: number;
  readonly quota: number;
}

/** What a session does. Prompts, appended messages and clones take turns. */
export interface SessionMethods {
  readonly samplingMode: SamplingMode;
  /** Tokens of what was said and shown so far. */
  readonly contextUsage: number;
  /** Tokens that there is room for, answers included. */
  readonly contextWindow: number;
  /** Told when the oldest messages are forgotten, because there is no room for new ones. */
  oncontextoverflow: ((event: Event) => void) | null;
  /**
   * Answers. Rejects with a DOMException, a TypeError, or the reason of the signal or of `destroy`; the session is then as it was
   * before.
   */
  prompt(input: Prompt, options?: PromptOptions): Promise<string>;
  /** The same, piece by piece. A stream that is cancelled ends the work. */
  promptStreaming(input: Prompt, options?: PromptOptions): TextStream;
  /** Adds messages without an answer, and reads their pictures or their video at once. Rejects as `prompt` does. */
  append(input: Prompt, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** How many tokens an input would take. Rejects for what cannot be asked. */
  measureContextUsage(input: Prompt, options?: PromptOptions): Promise<number>;
  /** Another session that knows the same and shares nothing. */
  clone(options?: { readonly signal?: AbortSignal }): Promise<LanguageModel>;
  /** Ends what is under way and frees the memory of the session; the model stays loaded. */
  destroy(): void;
}

/** A session. */
export type LanguageModel = EventTarget & SessionMethods;

/** What a session is made with. */
export interface SessionSettings {
  readonly types: ReadonlySet<MessageType>;
  readonly samplingMode: SamplingMode;
}
