import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Which golden cases to run where they could run twice: `npm run test:golden` asks for `all` of them everywhere. */
    goldenCases: 'small' | 'all';
    /** Address of the server that misbehaves on demand; only where tests run in a browser. */
    faultServer: string;
  }
}
