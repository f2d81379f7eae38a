// `npm run release -- 1.2.3`: checks everything and makes the tarball of a release in release/, with release.json beside it, which
// says what it was made of. Publishes nothing, tags nothing, pushes nothing. `--check` stops before the checks that take long;
// `--dry-run` goes through all of it from a tree that may not be released yet, and says in the end what a release would refuse.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { root } from './cache.ts';
import { releaseProblem } from './release-version.ts';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  /** Where it is not known yet, nothing is said of it. */
  readonly repository?: unknown;
}

const out = join(root, 'release');

/** In this order: what is quick fails first. */
const checks = ['check:unused', 'test', 'test:examples', 'test:bundlers', 'test:golden', 'build'];

class Refusal extends Error {}

/** What a dry run passed over; null in a run that counts. */
let passedOver: string[] | null = null;

/** Ends the release, or is noted in a dry run. */
function refuse(why: string): void {
  if (passedOver === null) throw new Refusal(why);
  console.log(`A release would be refused here: ${why}`);
  passedOver.push(why);
}

function run(command: string, args: readonly string[], cwd = root): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout.trimEnd();
  throw new Refusal(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}

function refuseUncleanTree(when: string): void {
  const changed = run('git', ['status', '--porcelain']);
  if (changed !== '')
    refuse(`The tree is not clean ${when}:\n${changed}\nCommit or remove that, and start again.`);
}

const readPackage = (): PackageJson =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;

/** A tag of the version that names another commit means that it was released already. */
function refuseOldTag(version: string, commit: string): void {
  const tagged = spawnSync('git', ['rev-list', '-n', '1', `v${version}`], { cwd: root, encoding: 'utf8' });
  const was = tagged.status === 0 ? tagged.stdout.trim() : commit;
  if (was !== commit) refuse(`The tag v${version} names ${was}. Choose a later version.`);
}

function check(script: string): void {
  console.log(`\n> npm run ${script}`);
  const { status } = spawnSync('npm', ['run', '--silent', script], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Refusal(`npm run ${script} failed. Nothing was packed.`);
}

/** Packs what package.json lists, with the commit in its package.json. Returns the tarball's path. */
function pack(commit: string): string {
  const stage = mkdtempSync(join(tmpdir(), 'molmo2-release-'));
  try {
    const manifest = readPackage();
    for (const file of [...manifest.files, 'README.md', 'LICENSE'])
      cpSync(join(root, file), join(stage, file), { recursive: true });
    writeFileSync(
      join(stage, 'package.json'),
      `${JSON.stringify({ ...manifest, gitHead: commit }, null, 2)}\n`,
    );
    mkdirSync(out, { recursive: true });
    return join(out, run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out], stage));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** What the tarball was made of, so that whoever has it can tell. */
function writeProvenance(tarball: string, commit: string): void {
  const { name, version, repository } = readPackage();
  const bytes = readFileSync(tarball);
  const provenance = {
    name,
    version,
    ...(repository === undefined ? {} : { repository }),
    commit,
    file: tarball.slice(out.length + 1),
    byteLength: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    node: process.versions.node,
    ...(passedOver === null ? {} : { dryRun: true }),
    madeAt: new Date().toISOString(),
  };
  writeFileSync(join(out, 'release.json'), `${JSON.stringify(provenance, null, 2)}\n`);
  console.log(
    `\n${tarball}\n  ${(bytes.byteLength / 1e6).toFixed(1)} MB, sha256 ${provenance.sha256}\n  of ${commit}`,
  );
  if (repository === undefined)
    console.log('  package.json names no repository: add it before the package is published.');
  if (passedOver === null)
    console.log('Nothing was published. To do that: npm publish FILE, and git tag the commit.');
  else console.log(`That was a dry run; do not publish it. ${refusals(passedOver)}`);
}

function refusals(found: readonly string[]): string {
  const reasons = found.map((why) => why.split('\n', 1)[0]).join(' ');
  return found.length === 0
    ? 'A release would not be refused.'
    : `A release would be refused (${found.length}): ${reasons}`;
}

function release(): void {
  const { values, positionals } = parseArgs({
    options: { check: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values['dry-run']) passedOver = [];
  const packageVersion = readPackage().version;
  const [version = packageVersion] = positionals;
  refuseUncleanTree('before anything was done');
  const problem = releaseProblem({
    version,
    packageVersion,
    changelog: readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
    today: new Date().toISOString().slice(0, 10),
  });
  if (problem !== null) refuse(problem);
  const commit = run('git', ['rev-parse', 'HEAD']);
  refuseOldTag(version, commit);
  if (values.check && passedOver !== null) return console.log(refusals(passedOver));
  if (values.check) return console.log(`${version} can be released from ${commit}.`);
  if (existsSync(out)) rmSync(out, { recursive: true });
  for (const script of checks) check(script);
  refuseUncleanTree('after the checks');
  writeProvenance(pack(commit), commit);
}

try {
  release();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
