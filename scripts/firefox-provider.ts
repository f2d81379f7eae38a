// Lets Vitest run tests in Firefox. Of a provider its browser mode needs no more than a browser that opens an address: the
// page there connects to Vitest by itself. (Playwright drives only a Firefox that it has changed.)

import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProviderOption } from 'vitest/node';
import { FirefoxProcess } from './firefox-process.ts';

export function firefoxProvider(program: string): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'firefox',
    supportedBrowser: ['firefox'],
    providerFactory: () => {
      let firefox: FirefoxProcess | undefined;
      return {
        name: 'firefox',
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        openPage: async (_session, url) => {
          await firefox?.close();
          firefox = new FirefoxProcess(program, url, (how) => console.error(`Firefox: ${how}`));
        },
        close: () => firefox?.close(),
      };
    },
  });
}
