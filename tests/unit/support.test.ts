import { describe, expect, test } from 'vitest';
import { archFiles } from '../../cli/synth/arch.ts';
import { browserOf } from '../../src/gpu/missing/browser.ts';
import { insecureContext, noAdapterIn, withoutApi } from '../../src/gpu/missing/no-webgpu.ts';
import { checkSupport, supportText, type Support, type WebGpuPresent } from '../../src/index.ts';
import { decodersIn } from '../../src/media/ffmpeg/ffmpeg-abilities.ts';
import { modelConfig } from '../../src/read-config.ts';
import { modelFits } from '../../src/support/model-fits.ts';
import { supportMessage } from '../../src/support/support-text.ts';
import { planBundle } from '../../src/weights/bundle/bundle-plan.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';
import { planLoad } from '../../src/weights/planner.ts';

const GiB = 2 ** 30;
const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const blink = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0';
const agents = {
  chromeWindows: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Safari/537.36`,
  chromeLinux: `Mozilla/5.0 (X11; Linux x86_64) ${blink} Safari/537.36`,
  headless: `Mozilla/5.0 (X11; Linux x86_64) ${blink.replace('Chrome', 'HeadlessChrome')} Safari/537.36`,
  chromeAndroid: `Mozilla/5.0 (Linux; Android 10; K) ${blink} Mobile Safari/537.36`,
  chromebook: `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${blink} Safari/537.36`,
  edge: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Safari/537.36 Edg/156.0.0.0`,
  oldEdge: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink.replace('156', '112')} Safari/537.36 Edg/112.0`,
  firefoxLinux: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
  oldFirefox: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0',
  oldFirefoxMac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:142.0) Gecko/20100101 Firefox/142.0',
  safari: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Version/18.5 Safari/605.1.15`,
  iphone: `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${webkit} Version/18.6 Mobile/15E148 Safari/604.1`,
  chromeIphone: `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${webkit} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1`,
} as const;

describe('the browser', () => {
  test.each<[keyof typeof agents, string, number, string]>([
    ['chromeWindows', 'chrome', 156, 'windows'],
    ['chromeLinux', 'chrome', 156, 'linux'],
    ['headless', 'chrome', 156, 'linux'],
    ['chromeAndroid', 'chrome', 156, 'android'],
    ['chromebook', 'chrome', 156, 'chromeos'],
    ['edge', 'edge', 156, 'windows'],
    ['firefoxLinux', 'firefox', 153, 'linux'],
    ['safari', 'safari', 18.5, 'macos'],
    ['iphone', 'safari', 18.6, 'ios'],
    ['chromeIphone', 'chrome', 140, 'ios'],
  ])('%s is told by its user agent', (agent, name, version, system) => {
    expect(browserOf(agents[agent])).toEqual({ name, version, system });
  });

  test('an iPad that calls itself a Mac has a touch screen; what is unknown stays unknown', () => {
    expect(browserOf(agents.safari, 5)).toMatchObject({ name: 'safari', system: 'ios' });
    expect(browserOf('Links (2.29; Plan 9)')).toEqual({ name: 'other', version: null, system: 'other' });
  });
});

describe('what to do without WebGPU', () => {
  const firstStep = (agent: keyof typeof agents) => withoutApi(browserOf(agents[agent]), 'page').steps[0];

  test.each<[keyof typeof agents, RegExp]>([
    ['chromeLinux', /chrome:\/\/flags\/#enable-unsafe-webgpu/],
    ['edge', /edge:\/\/flags\/#enable-unsafe-webgpu/],
    ['oldEdge', /Update the browser to 113/],
    ['firefoxLinux', /about:config.*dom\.webgpu\.enabled/],
    ['oldFirefox', /Update Firefox to 141/],
    ['oldFirefoxMac', /Update Firefox to 145/],
    ['safari', /Safari 26/],
    ['iphone', /iOS or iPadOS 26.*Settings/],
    ['chromeIphone', /iOS or iPadOS 26/],
  ])('%s: no navigator.gpu', (agent, step) => {
    expect(firstStep(agent)).toMatch(step);
  });

  test('a worker is told that its page may have it', () => {
    const { message, steps } = withoutApi(browserOf(agents.chromeLinux), 'worker');
    expect(message).toContain('in a worker');
    expect(steps.at(-1)).toContain('thread: "page"');
  });

  test('no adapter: what this browser shows, and software only where it brings some', () => {
    expect(noAdapterIn(browserOf(agents.chromeLinux)).steps.join(' ')).toMatch(/chrome:\/\/gpu.*swiftshader/);
    expect(noAdapterIn(browserOf(agents.firefoxLinux)).steps.join(' ')).toMatch(/about:support/);
    expect(noAdapterIn(browserOf(agents.chromeAndroid)).steps.join(' ')).not.toMatch(/swiftshader/);
  });

  test('an insecure page is told to use https', () => {
    expect(insecureContext.steps.join(' ')).toMatch(/https.*localhost/);
  });
});

const storage = { quotaBytes: 10e9, usageBytes: 6e9 };
const generous = { maxBufferSize: 4 * GiB, maxStorageBufferBindingSize: 4 * GiB };

describe('which models fit', () => {
  test('a plan from the catalogue is the plan of the shapes', () => {
    const config = modelConfig(archFiles('molmo2-8b')['config.json']);
    const { tensors } = planBundle(expectedTensors(config), 'q4');
    const input = { limits: generous, memoryBytes: 12 * GiB, software: false };
    const [, , large] = modelFits({ ...input, storage });
    expect(large?.model).toBe('molmo2-8b');
    // Its parts are multiples of 256 bytes in a bundle, and the head of the 8B is stored beside its embedding.
    const { scratchBytes, contextTokens, verdict, downloadBytes, weightBytes } = large?.plan ?? {};
    const planned = planLoad({ ...input, config, tensors, downloadBytes: 34_646_812_480 });
    expect({ scratchBytes, verdict, downloadBytes }).toEqual({
      scratchBytes: planned.scratchBytes,
      verdict: planned.verdict,
      downloadBytes: planned.downloadBytes,
    });
    expect(Math.abs((weightBytes ?? 0) - planned.weightBytes)).toBeLessThan(1e6);
    expect(Math.abs((contextTokens ?? 0) - planned.contextTokens)).toBeLessThan(10);
  });

  test('memory and room decide, where they are known', () => {
    const fits = modelFits({ limits: generous, memoryBytes: 4 * GiB, software: false, storage });
    expect(fits.map(({ model, plan, canBeKept }) => [model, plan.verdict, canBeKept])).toEqual([
      ['shapes', 'fits', null],
      ['molmo2-4b', 'fits-with', true],
      ['molmo2-8b', 'does-not-fit', false],
      ['molmo2-o-7b', 'does-not-fit', false],
    ]);
    const unknown = { quotaBytes: null, usageBytes: null };
    const open = modelFits({ limits: generous, memoryBytes: null, software: false, storage: unknown });
    expect(open.map(({ plan, canBeKept }) => [plan.verdict, canBeKept])).toEqual([
      ['fits', null],
      ['fits', null],
      ['fits', null],
      ['fits', null],
    ]);
  });
});

const gpu: WebGpuPresent = {
  available: true,
  adapter: { vendor: 'acme', architecture: 'anvil', description: '', isFallbackAdapter: false },
  f16: true,
  subgroups: [32, 32],
  packedIntegers: true,
  features: ['shader-f16', 'subgroups'],
  limits: {
    ...generous,
    maxStorageBuffersPerShaderStage: 10,
    maxComputeWorkgroupStorageSize: 32768,
    maxComputeInvocationsPerWorkgroup: 1024,
  },
};
const facts: Omit<Support, 'ok' | 'message'> = {
  version: '0.1.0',
  platform: {
    runtime: 'page',
    browser: { name: 'chrome', version: 156, userAgent: agents.chromeLinux },
    system: 'linux',
    versions: {},
  },
  webgpu: gpu,
  storage: { opfs: true, indexedDb: true, persisted: false, ...storage },
  video: { decoder: 'webcodecs', h264: true, hevc: false, vp8: true, vp9: true, av1: true },
  workers: true,
  crossOriginIsolated: false,
  fallback: true,
  models: modelFits({ limits: generous, memoryBytes: null, software: false, storage }),
};
const present = (changes: Partial<typeof facts> = {}): Support => {
  const all = { ...facts, ...changes };
  return { ok: all.webgpu.available, message: supportMessage(all), ...all };
};

describe('in words', () => {
  test('a GPU: what fits and what can be kept', () => {
    expect(present().message).toBe(
      'WebGPU runs on acme anvil, whose limits fit shapes, molmo2-4b, molmo2-8b, molmo2-o-7b; there is no room to keep molmo2-8b, molmo2-o-7b.',
    );
    const nowhere = { ...facts.storage, opfs: false };
    expect(present({ storage: nowhere }).message).toContain('fetched anew each time');
  });

  test('a processor is no GPU', () => {
    const adapter = { ...gpu.adapter, description: 'SwiftShader', isFallbackAdapter: true };
    expect(present({ webgpu: { ...gpu, adapter } }).message).toMatch(/right but slow.*hardware acceleration/);
  });

  test('no WebGPU: the reason and the first step, in one sentence', () => {
    const webgpu = { available: false, ...withoutApi(browserOf(agents.firefoxLinux), 'page') } as const;
    const support = present({ webgpu, models: [] });
    expect(support.message).toBe(
      'This browser has no WebGPU (navigator.gpu is missing): open about:config, set dom.webgpu.enabled to true and load the page again.',
    );
    expect(supportText(support)).toMatch(/^WebGPU: no \(no-api\).*\ntry: Open about:config/m);
    expect(supportText(support)).not.toContain('undefined');
  });

  test('the report has a line for everything that an issue needs', () => {
    const text = supportText(present());
    for (const line of [
      /^molmo2-webgpu: 0\.1\.0$/m,
      /^platform: chrome 156 on linux, in a page \(Mozilla/m,
      /^adapter: acme anvil$/m,
      /^abilities: f16 yes, subgroups 32 to 32, packed integers yes$/m,
      /^limits: .*maxStorageBufferBindingSize 4294967296/m,
      /^video: webcodecs: h264, vp8, vp9, av1$/m,
      /^storage: OPFS yes, IndexedDB yes, 6\.0 GB of 10\.0 GB used, persistent no$/m,
      /^molmo2-8b q4: Fits: .* no room to keep it\.$/m,
    ])
      expect(text).toMatch(line);
  });

  test('a report is plain data', () => {
    expect(structuredClone(present())).toEqual(JSON.parse(JSON.stringify(present())));
  });
});

test('memory that is no number of bytes is refused', async () => {
  await expect(checkSupport({ memoryBytes: -1 })).rejects.toThrow(RangeError);
});

test("ffmpeg's list of decoders is read, without its legend and without sound", () => {
  const list = ` V..... = Video\n A..... = Audio\n ------\n V....D vp9                  Google VP9\n A....D aac                  AAC\n VFS..D h264                 H.264\n`;
  expect([...decodersIn(list)]).toEqual(['vp9', 'h264']);
});
