import 'vitest';
import type { KernelFamily } from '../src/gpu/capabilities.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the demo page as it is built; for `e2e` alone. */
    builtDemo: string;
    /** Which golden cases to run where they could run twice: `npm run test:golden` asks for `all` of them everywhere. */
    goldenCases: 'small' | 'all';
    /** Which bundlers and shells to build pages for: `npm run test:bundlers` asks for `all`. */
    bundlers: 'few' | 'all';
    /** Whether Dawn in Node computes on the processor, as Chromium does here. */
    dawnInSoftware: boolean;
    /** Kernels to force in place of the chosen ones (KERNEL_FAMILY); '' forces none. */
    kernelFamily: KernelFamily | '';
    /** Loads of a page, half of which are cut short, and from which seed (LEAK_CYCLES, LEAK_SEED). */
    leaks: { readonly cycles: number; readonly seed: number };
    /** How often a device is lost in each stage of a question, and from which seed (DEVICE_LOSSES, DEVICE_LOSSES_SEED). */
    deviceLosses: number;
    deviceLossesSeed: number;
    /** Address of the server that misbehaves on demand; only where tests run in a browser. */
    faultServer: string;
  }
}
