// Which browser this is, from its user agent: what to do where there is no WebGPU is different in each. Nothing else may depend on it.

/** Browsers that are told apart; `chrome` is everything else that is built on Chromium. */
export type BrowserName = 'chrome' | 'edge' | 'firefox' | 'safari' | 'other';
/** Systems that are told apart. */
export type SystemName = 'windows' | 'macos' | 'linux' | 'chromeos' | 'android' | 'ios' | 'other';

export interface Browser {
  /** `chrome` for everything that is built on Chromium and does not say that it is Edge. */
  readonly name: BrowserName;
  /** Of the browser as it tells, for example 26.1; null where it does not. */
  readonly version: number | null;
  readonly system: SystemName;
}

// In this order: each but the last names those behind it as well.
const engines: readonly (readonly [BrowserName, RegExp])[] = [
  ['edge', /\bEdg(?:A|iOS)?\/(\d+(?:\.\d+)?)/],
  ['firefox', /\b(?:Firefox|FxiOS)\/(\d+(?:\.\d+)?)/],
  ['chrome', /\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\/(\d+(?:\.\d+)?)/],
  ['safari', /\bVersion\/(\d+(?:\.\d+)?)\S* (?:Mobile\/\S+ )?Safari\//],
];

const systems: readonly (readonly [SystemName, RegExp])[] = [
  ['ios', /\b(?:iPhone|iPad|iPod)\b/],
  ['android', /\bAndroid\b/],
  ['chromeos', /\bCrOS\b/],
  ['windows', /\bWindows\b/],
  ['macos', /\bMac OS X\b|\bMacintosh\b/],
  ['linux', /\bLinux\b|\bX11\b/],
];

/** `touchPoints` are `navigator.maxTouchPoints`: an iPad calls itself a Mac, and no Mac has a touch screen. */
export function browserOf(userAgent: string, touchPoints = 0): Browser {
  const system = systems.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? 'other';
  for (const [name, pattern] of engines) {
    const version = pattern.exec(userAgent)?.[1];
    if (version === undefined) continue;
    return { name, version: Number(version), system: system === 'macos' && touchPoints > 1 ? 'ios' : system };
  }
  return { name: 'other', version: null, system };
}

/** The browser that this code runs in, page or worker. */
export function thisBrowser(): Browser {
  const { userAgent = '', maxTouchPoints = 0 } = navigator as Partial<Navigator>; // workers know no touch
  return browserOf(userAgent, maxTouchPoints);
}
