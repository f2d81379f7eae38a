// `npm run test:examples`: installs the packed tarball into every folder of examples/, builds and runs it, and compares its answers.
// Arguments go to Vitest.

import process from 'node:process';
import { findDrivers } from './test-drivers.ts';
import { finish, vitest } from './test-run.ts';

const missing = await findDrivers();
const runs = () => [
  vitest(['--project', 'examples', ...process.argv.slice(2)], { MOLMO2_TEST_EXAMPLES: 'all' }),
];
finish(missing.length > 0 ? missing : runs());
