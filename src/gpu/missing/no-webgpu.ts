// Why there is no WebGPU, and what a person can do about it. The words of a page are pure; Node's are in instance-node.ts.

import { Molmo2Error } from '../../errors.ts';
import type { Browser } from './browser.ts';

/**
 * - `insecure-context`: the page comes neither over https nor from the machine itself, and browsers hide WebGPU from such;
 * - `no-api`: there is no `navigator.gpu`, or in Node no package `webgpu`;
 * - `no-adapter`: there is WebGPU, but no graphics hardware and driver that it would use.
 */
export type NoWebGpuReason = 'insecure-context' | 'no-api' | 'no-adapter';

export interface NoWebGpu {
  readonly reason: NoWebGpuReason;
  /** What is the case, one sentence. */
  readonly message: string;
  /** What can be done about it, the likeliest first; a sentence each. */
  readonly steps: readonly string[];
}

const reasons = new WeakMap<Error, NoWebGpu>();

/** The error that tells of it. */
export function noWebGpuError(why: NoWebGpu, options: { readonly cause?: unknown } = {}): Molmo2Error {
  const error = new Molmo2Error('no-webgpu', [why.message, ...why.steps].join(' '), options);
  reasons.set(error, why);
  return error;
}

/** What an error of `noWebGpuError` tells of; null for others. */
export function whyNoWebGpu(error: unknown): NoWebGpu | null {
  return error instanceof Error ? (reasons.get(error) ?? null) : null;
}

/** The first releases that have WebGPU without a flag. */
const anyBrowser =
  'WebGPU is in Chrome and Edge 113 or later, Safari 26 or later, and Firefox 141 (Windows) or 145 (macOS) or later.';
const hardware =
  'Check that hardware acceleration is on in the browser’s settings, and update the graphics driver.';
const software =
  'On a machine without a GPU, start Chromium with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader.';

/** For whoever makes the page or the program. */
export const answersWithout =
  'Small models can answer without WebGPU, too: load({ fallback }), docs/without-webgpu.md.';

/** A page that is served in a way that hides WebGPU. */
export const insecureContext: NoWebGpu = {
  reason: 'insecure-context',
  message: 'WebGPU is only available on https:// pages and on localhost, and this page is neither.',
  steps: ['Serve it over https, or open it from localhost.'],
};

/** A secure page or worker without `navigator.gpu`. */
export function withoutApi(browser: Browser, where: 'page' | 'worker'): NoWebGpu {
  // A worker cannot know whether its page has what it lacks.
  const inWorker =
    where === 'worker' ? ['Where only workers lack it, load({ thread: "page" }) does without one.'] : [];
  return {
    reason: 'no-api',
    message: `This browser has no WebGPU${where === 'worker' ? ' in a worker' : ''} (navigator.gpu is missing).`,
    steps: [...stepsToApi(browser), anyBrowser, answersWithout, ...inWorker],
  };
}

/** WebGPU that has no adapter to offer. */
export function noAdapterIn(browser: Browser): NoWebGpu {
  return {
    reason: 'no-adapter',
    message: 'WebGPU is present but offers no adapter.',
    steps: [
      ...stepsToAdapter(browser),
      hardware,
      ...(hasSwiftShader(browser) ? [software] : []),
      anyBrowser,
      answersWithout,
    ],
  };
}

const isChromium = ({ name, system }: Browser) => (name === 'chrome' || name === 'edge') && system !== 'ios';
const hasSwiftShader = (browser: Browser) => isChromium(browser) && browser.system !== 'android';

/** The browser's own pages are addressed by its name. */
const scheme = ({ name }: Browser) => (name === 'edge' ? 'edge' : 'chrome');

const isOlder = ({ version }: Browser, first: number) => version !== null && version < first;

function stepsToApi(browser: Browser): string[] {
  const { name, system } = browser;
  // Every browser there is Safari inside.
  if (system === 'ios')
    return [
      'Update to iOS or iPadOS 26 or later; on 18 switch on WebGPU under Settings, Apps, Safari, Advanced, Feature Flags.',
    ];
  switch (name) {
    case 'safari':
      return ['Update to Safari 26 or later; before that, tick WebGPU under Develop, Feature Flags.'];
    case 'firefox':
      return system === 'windows' && isOlder(browser, 141)
        ? ['Update Firefox to 141 or later.']
        : system === 'macos' && isOlder(browser, 145)
          ? ['Update Firefox to 145 or later.']
          : ['Open about:config, set dom.webgpu.enabled to true and load the page again.'];
    case 'chrome':
    case 'edge': {
      const first = system === 'android' ? 121 : 113;
      if (isOlder(browser, first)) return [`Update the browser to ${first} or later.`];
      return [
        `Open ${scheme(browser)}://flags/#enable-unsafe-webgpu, enable it and start the browser again.`,
      ];
    }
    case 'other':
      return [];
  }
}

function stepsToAdapter(browser: Browser): string[] {
  const pages = scheme(browser);
  if (isChromium(browser) && browser.system === 'linux')
    return [
      `On Linux open ${pages}://flags/#enable-unsafe-webgpu, enable it and start the browser again; ${pages}://gpu says what is missing.`,
    ];
  if (isChromium(browser)) return [`${pages}://gpu says why WebGPU is off.`];
  if (browser.name === 'firefox')
    return ['about:support says under Graphics why WebGPU is off; gfx.webgpu.ignore-blocklist overrules it.'];
  return [];
}
