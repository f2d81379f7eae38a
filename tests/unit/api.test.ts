import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as door from '../../src/index.ts';
import { exportsOf } from '../imports.ts';

// Widening the door is a decision that shows here.
const values = [
  'LoadPause',
  'Molmo2',
  'Molmo2Error',
  'cachedModels',
  'checkSupport',
  'deleteCachedModel',
  'extractPoints',
  'extractTracks',
  'supportText',
  'trainingStyles',
];
const types = [
  'Answer',
  'AnswersUnderWay',
  'AskAllInput',
  'AskEvent',
  'AskInput',
  'AskOptions',
  'BranchEvent',
  'BranchInput',
  'BrowserName',
  'CachedModel',
  'Chat',
  'ChatMessage',
  'CheckSupportOptions',
  'ChosenToken',
  'ContentPart',
  'Expectation',
  'ExtractPath',
  'ExtractedPoints',
  'ExtractedTracks',
  'Fallback',
  'FinishReason',
  'FitStep',
  'FrameList',
  'HubSettings',
  'ImageInput',
  'KernelFamily',
  'LoadOptions',
  'LoadPlan',
  'ManyInput',
  'MediaInfo',
  'ModelFit',
  'ModelInfo',
  'ModelInput',
  'Molmo2ErrorCode',
  'NoWebGpuReason',
  'PlacedPoint',
  'PlanOptions',
  'PlannedMemory',
  'PlannedSeconds',
  'Point',
  'PointMedia',
  'Progress',
  'QuestionPlan',
  'RestoreMedia',
  'RestoreOptions',
  'SavedChat',
  'SavedMedia',
  'SavedSampling',
  'Score',
  'ScoreInput',
  'ScoreOptions',
  'Size',
  'Stage',
  'StorageSupport',
  'Support',
  'SupportLimits',
  'SupportPlatform',
  'SystemName',
  'TimeWindow',
  'Timings',
  'TokenLogprob',
  'TokenWeighting',
  'Trace',
  'TraceOptions',
  'TraceTensor',
  'Track',
  'TrackFrame',
  'Usage',
  'VideoCodec',
  'VideoInput',
  'VideoSupport',
  'WebGpuMissing',
  'WebGpuPresent',
  'WebGpuSupport',
  'WeightFormat',
  'WindowAnswer',
  'WindowEvent',
  'WindowsAnswer',
  'WindowsInput',
];

test('the door exports these values and nothing else', () => {
  expect(Object.keys(door).sort()).toEqual(values);
});

test('the door exports these types and nothing else', () => {
  const names = exportsOf('src/index.ts', readFileSync('src/index.ts', 'utf8'));
  expect(names).toEqual([...values, ...types.map((name) => `type ${name}`)].sort());
});

test('the package offers these entries, one command, and the embedded model', () => {
  const { exports, bin, files } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, unknown>;
    bin: Record<string, string>;
    files: string[];
  };
  expect(Object.keys(exports)).toEqual([
    '.',
    './overlay',
    './annotations',
    './live',
    './timeline',
    './openai',
    './ai-sdk',
    './prompt-api',
    './remote',
    './onnx',
    './package.json',
  ]);
  expect(Object.keys(bin)).toEqual(['molmo2-webgpu']);
  expect(files).toEqual(['dist', 'models/shapes', 'CHANGELOG.md']);
});

// For bundlers that do not read "exports" unless they are told to; `alias` is Parcel's.
test('each entry is found in the older fields of package.json as well', () => {
  const { exports, main, module, alias, types } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, { readonly types: string; readonly node?: string; readonly default: string }>;
    main: string;
    module: string;
    alias: Record<string, string>;
    types: string;
  };
  const { '.': door, './package.json': _, ...subPaths } = exports;
  expect({ types, node: main, default: module }).toEqual(door);
  expect(alias).toEqual(
    Object.fromEntries(Object.entries(subPaths).map(([name, entry]) => [name, entry.default])),
  );
});
