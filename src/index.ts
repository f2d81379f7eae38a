// The door: everything users may import, and nothing else.

export type {
  Answer,
  AnswersUnderWay,
  AskAllInput,
  AskEvent,
  AskInput,
  AskOptions,
  BranchEvent,
  BranchInput,
  ChatMessage,
  ChosenToken,
  ContentPart,
  Expectation,
  FinishReason,
  FitStep,
  FrameList,
  ImageInput,
  ManyInput,
  MediaInfo,
  ModelInfo,
  PlannedMemory,
  PlannedSeconds,
  Point,
  Progress,
  QuestionPlan,
  SavedChat,
  SavedMedia,
  SavedSampling,
  Score,
  ScoreInput,
  ScoreOptions,
  Stage,
  Timings,
  TokenLogprob,
  TimeWindow,
  TokenWeighting,
  Trace,
  TraceOptions,
  TraceTensor,
  Track,
  Usage,
  VideoInput,
  WindowAnswer,
  WindowEvent,
  WindowsAnswer,
  WindowsInput,
} from './api.ts';
export type { Chat, RestoreMedia, RestoreOptions } from './chat.ts';
export { Molmo2Error, type Molmo2ErrorCode } from './errors.ts';
export type { Fallback } from './fallback.ts';
export type { KernelFamily } from './gpu/capabilities.ts';
export type { BrowserName, SystemName } from './gpu/missing/browser.ts';
export type { NoWebGpuReason } from './gpu/missing/no-webgpu.ts';
export type { PlacedPoint, PointMedia, Size } from './grounding/coordinates.ts';
export {
  extractPoints,
  extractTracks,
  type ExtractedPoints,
  type ExtractedTracks,
  type ExtractPath,
  type TrackFrame,
} from './grounding/extract.ts';
export { LoadPause } from './load-pause.ts';
export { Molmo2, type LoadOptions, type PlanOptions } from './molmo2.ts';
export { checkSupport, type CheckSupportOptions } from './support/check-support.ts';
export { supportText } from './support/support-text.ts';
export type {
  ModelFit,
  StorageSupport,
  Support,
  SupportLimits,
  SupportPlatform,
  VideoCodec,
  VideoSupport,
  WebGpuMissing,
  WebGpuPresent,
  WebGpuSupport,
} from './support/support.ts';
export { trainingStyles } from './text/styles.ts';
export { cachedModels, deleteCachedModel } from './weights/cache/model-cache.ts';
export type { CachedModel } from './weights/cache/cached-models.ts';
export type { WeightFormat } from './weights/formats/formats.ts';
export type { LoadPlan } from './weights/planner.ts';
export type { HubSettings, ModelInput } from './weights/source/model-source.ts';
