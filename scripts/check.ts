// `npm run check`: format, lint, types and unit tests side by side. Format and types look only at what has changed since the last time.

import { finish, npmRun } from './test-run.ts';

finish(await Promise.all(['check:unit', 'check:lint', 'check:types', 'check:format'].map(npmRun)));
