// The shapes of the door: what users pass in and what comes out. Types only, so every room may know them.

/** A picture: a Blob or File, a URL, encoded bytes, decoded pixels, an element of the page, or (in Node) a path. */
export type ImageInput =
  | Blob
  | URL
  | string
  | ArrayBuffer
  | Uint8Array
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas;

/** Pictures that are the sampled frames of a video, with the time of each in seconds. */
export interface FrameList {
  readonly frames: readonly ImageInput[];
  /** Seconds from the start of the video, ascending, one per frame. */
  readonly timestamps: readonly number[];
}

/** A video: a Blob or File, a URL, encoded bytes, a list of frames, or (in Node) a path. */
export type VideoInput = Blob | URL | string | ArrayBuffer | Uint8Array | FrameList;

/** One part of a message; image and video parts are placeholders that the media of the question fill in order. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string; readonly style?: string }
  | { readonly type: 'image' }
  | { readonly type: 'video' };

/** One turn of a whole conversation, as Hugging Face's chat template takes it. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string | readonly ContentPart[];
}

/** One question. Either `prompt` or `messages` is needed; images and a video exclude each other. */
export interface AskInput {
  /** What to ask; not empty. */
  readonly prompt?: string;
  /** A whole conversation in place of `prompt`, `style`, `point` and `subtitles`, rendered with the Hugging Face template. */
  readonly messages?: readonly ChatMessage[];
  /** A training style such as `video_point`, `pointing` or `vqa2`; styles outside the model's list become a `style: ` prefix. */
  readonly style?: string;
  /** One picture. */
  readonly image?: ImageInput;
  /** Several pictures; `point.image` counts them from 1. With `image` it comes first. */
  readonly images?: readonly ImageInput[];
  /** A video, or a picture that moves; excludes pictures. */
  readonly video?: VideoInput;
  /** First moment of the video to look at, in seconds; default 0. Answers keep the times of the whole video. */
  readonly startSec?: number;
  /** Last moment of the video to look at, in seconds; default its duration. */
  readonly endSec?: number;
  /** Most frames to sample, 2 or more; default from the checkpoint (384 in the released models). A list of frames is taken whole. */
  readonly maxFrames?: number;
  /** Highest sampling rate in frames per second; default from the checkpoint (2). A list of frames is taken whole. */
  readonly maxFps?: number;
  /** Most crops of each image besides the global one; default from the checkpoint (8); at most 24. */
  readonly maxCrops?: number;
  /** Text of a .vtt or .srt file, the file itself, or a loaded track of a page's video element. */
  readonly subtitles?: string | Blob | TextTrack;
  /** An object to follow: where it is at one moment, in pixels of the video; `prompt` is then its name. */
  readonly point?: { readonly timeSec: number; readonly x: number; readonly y: number };
}

/**
 * How to answer. All optional. A token is chosen in this order: the model's logits, plus `logitBias`, `repetitionPenalty`,
 * `frequencyPenalty` and `presencePenalty`; what `expect` does not allow is left out; then the largest, or with a `temperature`
 * above 0: divided by it, `topK`, `topP`, `minP`, and a draw from what is left.
 */
export interface AskOptions {
  /** Stops the work at any moment; what is thrown is its reason. */
  readonly signal?: AbortSignal;
  /** Default 2048. */
  readonly maxNewTokens?: number;
  /** 0 (the default) takes the most likely token. */
  readonly temperature?: number;
  /** Keep only the k most likely tokens; default all. Used when `temperature` is above 0. */
  readonly topK?: number;
  /** Keep the most likely tokens whose probabilities add up to p; default 1. Used when `temperature` is above 0. */
  readonly topP?: number;
  /**
   * Keep only tokens whose probability is at least this share of the largest one, after `temperature` (arXiv:2407.01082); 0
   * (the default) to 1. Used when `temperature` is above 0.
   */
  readonly minP?: number;
  /** Makes sampling repeatable; default 0. */
  readonly seed?: number;
  /**
   * Makes tokens that were in the conversation or in the answer so far less likely: positive logits are divided by it, negative
   * ones multiplied (arXiv:1909.05858, as Hugging Face does). Above 0; default 1, which changes nothing; below 1 they are likelier.
   */
  readonly repetitionPenalty?: number;
  /** Subtracted from a token's logit as often as it is in the answer so far (as OpenAI does); -2 to 2, default 0. */
  readonly frequencyPenalty?: number;
  /** Subtracted from a token's logit once it is in the answer so far (as OpenAI does); -2 to 2, default 0. */
  readonly presencePenalty?: number;
  /** Added to the logits of tokens by their ids; -100 to 100, which as good as forbids or forces a token. */
  readonly logitBias?: Readonly<Record<number, number>>;
  /**
   * Strings that end the answer: its text ends before the first one that is complete, also where it spans tokens, and no event
   * shows a part of one. `tokenIds` keep what the model wrote.
   */
  readonly stop?: string | readonly string[];
  /**
   * Adds log probabilities to `text` events and to the answer: of each chosen token and of this many most likely ones, 0 to 20.
   * They are the model's own, log-softmax of its logits at temperature 1, whatever other options do to the choice.
   */
  readonly logprobs?: number;
  /** What the answer must be; default anything. An answer that `maxNewTokens` or `stop` cuts short is only a beginning of it. */
  readonly expect?: Expectation;
  /**
   * Number format of keys and values: f32 (the default for a checkpoint folder that is computed exactly, and with
   * `trace`), f16 (the default for bundles and quantised checkpoints) or int8, which halves the memory of a long video
   * once more. A conversation keeps the format of its first question.
   */
  readonly kv?: 'f32' | 'f16' | 'int8';
  /** Asks for a `trace` event with the run's tensors, to compare with another implementation. */
  readonly trace?: TraceOptions;
  /**
   * What to do where the question does not fit the context, the GPU's buffers or `load({ memoryBytes })`. `less` (the default)
   * takes back, in this order and as little as helps: keys and values in int8, unless `kv` or a `trace` was asked for; then
   * frames; then crops; and tells so by a `notice` event. `exact` refuses with the numbers. See `planQuestion`.
   */
  readonly fit?: 'less' | 'exact';
}

/**
 * What an answer must be (docs/constrained.md): tokens that would leave it are never chosen, and the answer ends only where it
 * may. `points` and `tracks` are the model's own forms with the times or pictures that were shown, `count` a number or points and
 * their number, `yes-no` one of these words. Or one of some texts; a text that a regular expression matches from end to end;
 * or JSON of a schema.
 */
export type Expectation =
  | 'points'
  | 'tracks'
  | 'count'
  | 'yes-no'
  | { readonly choices: readonly string[] }
  | { readonly regExp: RegExp }
  | { readonly jsonSchema: Readonly<Record<string, unknown>> };

/** What a `trace` event is asked for. */
export interface TraceOptions {
  /** Prompt positions whose logits are wanted, ascending; default the last one. */
  readonly positions?: readonly number[];
  /** Ids that are fed in place of the model's own choices; end of sequence and limits do not stop them. */
  readonly forceIds?: readonly number[];
}

/** One tensor of a trace, row-major. */
export interface TraceTensor {
  /** Row-major; the axes of each are said at `Trace`. */
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/**
 * Tensors of a run by name: `input_ids`, `pooling`, `pixels_u8` (first 4 crops), `vision_features` [tokens, hidden],
 * `logits_at` [positions, vocab], `decode_logits` [new tokens, vocab].
 */
export type Trace = Readonly<Record<string, TraceTensor>>;

/** A place the model pointed at, in pixels of the original picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** As the model wrote it; null where it wrote none. */
  readonly id: number | null;
  /** What was pointed at, in the model's words; may be empty until the answer is done. */
  readonly label: string;
  /** 1-based number of the picture; absent for a video. */
  readonly image?: number;
  /** Seconds from the start of the video; absent for pictures. */
  readonly timeSec?: number;
}

/** One object followed through a video. */
export interface Track {
  /** As the model wrote it; null where it wrote none. */
  readonly id: number | null;
  readonly label: string;
  /** Ascending in time; x and y in pixels of the original video. */
  readonly points: readonly { readonly timeSec: number; readonly x: number; readonly y: number }[];
}

/** A token and the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly id: number;
  /** What it spells; U+FFFD where it is only a part of a character. */
  readonly text: string;
  readonly logprob: number;
}

/** A token of an answer, and the tokens that were the most likely in its place. */
export interface ChosenToken extends TokenLogprob {
  /** Best first, as many as were asked for; the chosen one is among them where it is as likely. */
  readonly top: readonly TokenLogprob[];
}

/**
 * `stop`: the model ended its answer, or a stop string did. `length`: the limit or the context did. `cancelled`: one of several
 * questions that were asked together was, and its answer is what there was until then.
 */
export type FinishReason = 'stop' | 'length' | 'cancelled';

/** What a question took, in tokens and crops. */
export interface Usage {
  /** Tokens that were fed before the answer; what the conversation held already is not counted. */
  readonly promptTokens: number;
  /** Those of them that carry image features (`<im_patch>`). */
  readonly visionTokens: number;
  /** Crops and frames that the vision encoder ran for; those whose features were kept cost nothing. */
  readonly visionCrops: number;
  /** Tokens of the answer. */
  readonly newTokens: number;
}

/** A question and the answer to be scored. */
export interface ScoreInput extends AskInput {
  /** Its text, tokenised on its own as the model writes it; or token ids that have logits. */
  readonly answer: string | readonly number[];
}

/**
 * How much a token of an answer weighs in the loss of training: `length` is 2 / sqrt(n) for n tokens, divided by sqrt(branches),
 * `pointing` and `tracking` are 0.2, `video-caption` is 0.1; or a number. (allenai/molmo2, olmo/preprocessing; the paper writes
 * 4 / sqrt(n), a constant factor.)
 */
export type TokenWeighting = 'length' | 'pointing' | 'tracking' | 'video-caption' | number;

/** How to score. All optional. */
export interface ScoreOptions {
  readonly signal?: AbortSignal;
  /** As of `AskOptions`. */
  readonly kv?: 'f32' | 'f16' | 'int8';
  /** Whether the token that ends an answer is scored, too; default only with a `weighting`, because training counts it. */
  readonly end?: boolean;
  /** Default 1 for each token. */
  readonly weighting?: TokenWeighting;
  /** Conversations about the same media that training put into one tree with this one, which `length` divides by; default 1. */
  readonly branches?: number;
  /** Told about the work as it is done. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How likely an answer is. */
export interface Score {
  /** Log probability of each token, given the question and the tokens before it (log-softmax at temperature 1). */
  readonly tokens: readonly TokenLogprob[];
  /** Their sum: the log probability of the whole answer. */
  readonly logprob: number;
  /** What each token weighs. */
  readonly weight: number;
  /** -weight * logprob: what the answer adds to the loss of training. */
  readonly loss: number;
  /** `newTokens` are those that were scored. */
  readonly usage: Usage;
  readonly timings: Timings;
}

/** Milliseconds. */
export interface Timings {
  /** Of the model, once and not of this question. */
  readonly loadMs: number;
  readonly mediaMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  /** From the question to the end of the answer, without the load. */
  readonly totalMs: number;
}

/** A finished answer. */
export interface Answer {
  /** What the model wrote, tags of points included. */
  readonly text: string;
  /** The generated ids, without the end-of-sequence id; those that spell a stop string are among them. */
  readonly tokenIds: readonly number[];
  readonly finishReason: FinishReason;
  /** In pixels of the original picture or video, in text order. */
  readonly points: readonly Point[];
  readonly tracks: readonly Track[];
  /** The number the text states, else the number of points, 0 for "There are none.", else null. */
  readonly count: number | null;
  /** One for each of `tokenIds`, where `options.logprobs` asked for them. */
  readonly logprobs?: readonly ChosenToken[];
  readonly usage: Usage;
  readonly timings: Timings;
}

/** What a question or a load goes through: bytes of the model, pictures or frames, the vision encoder, the prompt, the answer. */
export type Stage = 'load' | 'media' | 'vision' | 'prefill' | 'decode';

/** Work done so far: bytes while loading, pictures or frames for media and vision, tokens otherwise. */
export interface Progress {
  readonly stage: Stage;
  readonly done: number;
  /** null where it is not known beforehand. */
  readonly total: number | null;
  /** A sentence why nothing happens for a while: a server asks for patience, or does not answer. */
  readonly waiting?: string;
}

/** What happens while an answer is made, in order; the last one is `done`. */
export type AskEvent =
  | ({ readonly type: 'progress' } & Progress)
  /** `continues` is false where the question begins a new conversation. */
  | { readonly type: 'media'; readonly media: MediaInfo; readonly continues: boolean }
  /**
   * Something worth telling that did not stop the question: what was taken back so that it fits, or that the GPU was lost, or the
   * tab that computed was closed, and the question went on elsewhere; what had been told stays, and nothing is told twice.
   */
  | {
      readonly type: 'notice';
      readonly reason: 'fit' | 'device-lost' | 'tab-closed';
      readonly message: string;
      /** What was taken back; empty for other reasons. */
      readonly steps: readonly FitStep[];
    }
  /** `logprobs`, where they were asked for, are of the tokens that were taken since the `text` event before. */
  | { readonly type: 'text'; readonly text: string; readonly logprobs?: readonly ChosenToken[] }
  | { readonly type: 'point'; readonly point: Point }
  | { readonly type: 'track'; readonly track: Track }
  | { readonly type: 'count'; readonly count: number }
  | { readonly type: 'trace'; readonly trace: Trace }
  | { readonly type: 'done'; readonly answer: Answer };

/** One of several questions about the same media, with options of its own. */
export interface BranchInput extends Omit<AskOptions, 'kv' | 'trace'>, Pick<AskInput, 'style' | 'point'> {
  readonly prompt: string;
}

/** Several questions about the same media. */
export interface AskAllInput extends Omit<AskInput, 'prompt' | 'messages' | 'style' | 'point'> {
  /** What to ask, at least one; a question may have options of its own, which come before those of all. */
  readonly prompts: readonly (string | BranchInput)[];
}

/** One of several independent questions, with options of its own. */
export interface ManyInput extends AskInput, Omit<AskOptions, 'kv' | 'trace'> {}

/** What happens while several answers are made: what belongs to one of them carries the number of its question, from 0. */
export type BranchEvent =
  | Extract<AskEvent, { readonly type: 'progress' | 'notice' }>
  /** Of all where the questions are about the same media. */
  | (Extract<AskEvent, { readonly type: 'media' }> & { readonly branch?: number })
  /** One of several independent questions has no answer. */
  | { readonly type: 'failed'; readonly branch: number; readonly error: unknown }
  | (Extract<AskEvent, { readonly type: 'text' | 'point' | 'track' | 'count' | 'done' }> & {
      readonly branch: number;
    });

/** The answers to several questions in their order; and what happens until then, one by one. */
export interface AnswersUnderWay<T> extends Promise<readonly T[]>, AsyncIterable<BranchEvent> {}

/** What the model is shown: the size of each original picture, and the sampled times of a video. */
export interface MediaInfo {
  readonly kind: 'none' | 'images' | 'video';
  /** Pixels of the original pictures (for a video: one entry), after rotation. */
  readonly sizes: readonly { readonly width: number; readonly height: number }[];
  /** Seconds; empty for pictures. */
  readonly timestamps: readonly number[];
  /** Of a video; null for pictures. */
  readonly durationSec: number | null;
  /** What is odd about the file and did not stop the question, as sentences. */
  readonly notices?: readonly string[];
}

/** Something that was taken back so that a question fits: the format of keys and values, frames, or crops of a picture. */
export type FitStep =
  | { readonly what: 'kv'; readonly from: 'f32' | 'f16'; readonly to: 'int8' }
  | { readonly what: 'frames' | 'crops'; readonly from: number; readonly to: number };

/** GPU memory in bytes while a question is answered. */
export interface PlannedMemory {
  /** The model. */
  readonly weights: number;
  /** Keys and values of prompt and answer, with the tables of their positions. */
  readonly keysAndValues: number;
  /** Intermediate values, which the next question uses again; on GPUs 32 MiB of it are shared by all matrix products. */
  readonly working: number;
  /** Features of pictures and frames that may be kept for later questions (`load({ featureCacheBytes })`). */
  readonly keptFeatures: number;
  /** What open chats hold. */
  readonly chats: number;
  readonly total: number;
}

/** What a question will take, in seconds; from what this device was measured to do. */
export interface PlannedSeconds {
  /** Decoding of pictures or frames, which goes on beside the encoder for a video. */
  readonly media: number;
  readonly vision: number;
  readonly prefill: number;
  /** Until the first token of the answer. */
  readonly firstToken: number;
  /** Each token of the answer. */
  readonly token: number;
}

/** What a question takes, before it is asked: `molmo.planQuestion`. */
export interface QuestionPlan {
  /** `fits-with`: when something is taken back, which `ask` does unless its option `fit` is `exact`. */
  readonly verdict: 'fits' | 'fits-with' | 'does-not-fit';
  /** One sentence with the numbers. */
  readonly message: string;
  /** What is taken back, in order; everything else is the plan of what is left. */
  readonly steps: readonly FitStep[];
  /** Sizes of the pictures, or the times of the frames. */
  readonly media: MediaInfo;
  /** Crops and frames that the vision encoder sees where no features are kept of them. */
  readonly crops: number;
  /** Tokens of the whole prompt. */
  readonly promptTokens: number;
  /** Those of them that carry image features. */
  readonly visionTokens: number;
  /** Tokens that the answer has room for. */
  readonly answerTokens: number;
  /** Format of keys and values. */
  readonly kv: 'f32' | 'f16' | 'int8';
  readonly memory: PlannedMemory;
  /** null where the question does not fit. */
  readonly seconds: PlannedSeconds | null;
}

/** A question about a video that is longer than what the model reads at once. */
export interface WindowsInput extends Pick<
  AskInput,
  'prompt' | 'style' | 'startSec' | 'endSec' | 'maxFrames' | 'maxFps' | 'subtitles'
> {
  readonly video: VideoInput;
  /** Length of a window; default: as much as the model reads at its own rate (192 s in the released models). */
  readonly windowSec?: number;
  /** How far a window reaches into the one before; default a quarter. Tracks are joined there. */
  readonly overlapSec?: number;
}

/** A part of a video that is asked about alone. */
export interface TimeWindow {
  /** From 0. */
  readonly index: number;
  /** How many there are. */
  readonly total: number;
  readonly startSec: number;
  readonly endSec: number;
}

/** What was answered about a window; its points and tracks are in those of the whole. */
export interface WindowAnswer extends TimeWindow {
  readonly text: string;
  readonly finishReason: FinishReason;
  /** As in `Answer`, of this window alone. */
  readonly count: number | null;
}

/** What was found in a whole video. Times are those of the whole, ids count from 1 in the order of finding. */
export interface WindowsAnswer {
  readonly points: readonly Point[];
  readonly tracks: readonly Track[];
  /** Points and tracks after joining; null where a window states a number and points at nothing, or none speaks of any. */
  readonly count: number | null;
  readonly windows: readonly WindowAnswer[];
  /** Sums over all windows. */
  readonly usage: Usage;
  readonly timings: Timings;
}

/** What happens while a video is walked, in order; the last one is `done`. `window` is the number of the window. */
export type WindowEvent =
  | Extract<AskEvent, { readonly type: 'media' | 'point' | 'count' }>
  /** A window begins. */
  | { readonly type: 'window'; readonly window: TimeWindow }
  | (Extract<AskEvent, { readonly type: 'progress' | 'text' | 'notice' }> & { readonly window: number })
  /** A track of the whole video, each time a window has begun it or gone on with it. */
  | { readonly type: 'track'; readonly track: Track }
  | { readonly type: 'done'; readonly answer: WindowsAnswer };

/** How the media of a chat were sampled and cut; see `AskInput`. */
export type SavedSampling = Pick<AskInput, 'startSec' | 'endSec' | 'maxFrames' | 'maxFps' | 'maxCrops'>;

/** The pictures or the video of a saved chat, without their pixels. */
export interface SavedMedia {
  readonly kind: 'images' | 'video';
  /** SHA-256 of each picture or sampled frame as the model sees it. */
  readonly hashes: readonly string[];
  /** Pixels of the original pictures (for a video: one entry), after rotation. */
  readonly sizes: MediaInfo['sizes'];
  /** Seconds; empty for pictures. */
  readonly timestamps: readonly number[];
  readonly sampling: SavedSampling;
  /** The subtitles that were given, as text to compare; null without. */
  readonly subtitles: string | null;
}

/** A chat as plain JSON: `chat.save()` writes it, `molmo.restore(saved, media)` goes on from it. */
export interface SavedChat {
  readonly format: 'molmo2-chat';
  readonly version: 1;
  readonly model: {
    /** `info.model` of the model that answered, for people. */
    readonly name: string;
    /** Equal for models that read the same tokens with the same shapes. */
    readonly key: string;
  };
  /** Number format of keys and values; null before the first answer. */
  readonly kv: 'f32' | 'f16' | 'int8' | null;
  /** null without pictures. */
  readonly media: SavedMedia | null;
  /** Every token so far. */
  readonly ids: readonly number[];
  /** How many of the last ids the model had not read yet. */
  readonly pending: number;
  /** How many of the first ids hold the pictures or the video. */
  readonly visualLength: number;
  readonly messages: readonly ChatMessage[];
}

/** What is loaded, and who computes it. */
export interface ModelInfo {
  /** The model's name, folder or URL. */
  readonly model: string;
  readonly adapter: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    /** True for drivers that compute on the processor: right but slow. */
    readonly isFallbackAdapter: boolean;
  };
  readonly parameters: number;
  /** Tokens of prompt and answer together. */
  readonly maxPositions: number;
  /** Defaults of the checkpoint. */
  readonly maxFrames: number;
  readonly maxCrops: number;
  /** Milliseconds that `load` took. */
  readonly loadMs: number;
  /** Which kernel was the fastest on this device, by class of work; empty where nothing was compared. */
  readonly tuned: Readonly<Record<string, string>>;
  /** Things worth telling that did not stop the load. */
  readonly notices: readonly string[];
}
