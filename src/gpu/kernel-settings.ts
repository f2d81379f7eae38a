// What decides which variant of a kernel does some work: what the device can do, and what a tuning run found faster.

import { portableCapabilities, type Capabilities } from './capabilities.ts';

export interface KernelSettings {
  readonly capabilities: Capabilities;
  /** Variants by the class of work that they won; they overrule the choice that capabilities make. */
  readonly tuned: Readonly<Record<string, string>>;
  /** Multiply-adds of attention that one dispatch may be, once its pace on this device is known. */
  readonly attentionCost?: number;
}

/** What runs on every device. */
export const portableSettings: KernelSettings = { capabilities: portableCapabilities, tuned: {} };
