// `npm run test:bundlers`: the packed tarball in a page of every kind that docs/where-it-runs.md lists, with tools that take minutes
// to install. Prints what answered, with versions. Arguments go to Vitest.

import process from 'node:process';
import { findDrivers } from './test-drivers.ts';
import { finish, vitest } from './test-run.ts';

const missing = await findDrivers();
const runs = () => [vitest(['--project', 'package', ...process.argv.slice(2)], { BUNDLERS: 'all' })];
finish(missing.length > 0 ? missing : runs());
