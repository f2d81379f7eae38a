// The commands that the documentation shows: programs, options and scripts are there, and are used as they may be.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { benchOptions } from '../../bench/options.ts';
import { askOptions } from '../../cli/ask-options.ts';
import { parseArguments } from '../../cli/arguments.ts';
import { bundleOptions } from '../../cli/bundle/options.ts';
import { datasetOptions } from '../../cli/dataset-options.ts';
import { evalOptions } from '../../cli/eval-options.ts';
import { scoreOptions } from '../../cli/score-options.ts';
import { readMarkdown } from '../markdown.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

function oneWord(args: readonly string[]): void {
  if (parseArguments(args, {}).words.length !== 1) throw new Error('verify takes one word.');
}

/** The readers of arguments that the commands themselves use; each throws for what it does not take. */
const commands: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
  ask: askOptions,
  score: scoreOptions,
  eval: evalOptions,
  convert: (args) => bundleOptions(args, 'convert'),
  synth: (args) => bundleOptions(args, 'synth'),
  verify: oneWord,
  dataset: datasetOptions,
  info: (args) => parseArguments(args, { '--json': 'none', '--memory-gb': 'one' }),
};

function checkOurs([name = '', ...args]: readonly string[]): void {
  const read = commands[name];
  if (!read) throw new Error(`There is no command "${name}".`);
  if (!args.includes('--help')) read(args);
}

function checkScript(words: readonly string[]): void {
  const [name = '', ...args] = words.filter((word) => word !== '--silent');
  if (scripts[name] === undefined) throw new Error(`package.json has no script "${name}".`);
  const given = args[0] === '--' ? args.slice(1) : args;
  if (name === 'cli') checkOurs(given);
  if (name === 'eval') checkOurs(['eval', ...given]);
  if (name === 'bench') benchOptions(given);
}

/** Programs of other people that the documentation may speak of. */
const foreign = /^(?:npx (?:vite|esbuild|vitest)|npm (?:ci|init|install)|cp|mkdir|cd|tar|\.\/run\.sh)\b/;

function checkCommand(words: readonly string[]): void {
  const [program, second, ...rest] = words;
  const line = words.join(' ');
  if (program === 'npx' && second === 'molmo2-webgpu') return checkOurs(rest);
  if (program === 'npm' && second === 'run') return checkScript(rest);
  if (program === 'npm' && (second === 'start' || second === 'test')) return checkScript([second, ...rest]);
  if (program === 'node' && second === 'scripts/run.mjs' && existsSync(rest[0] ?? '')) return;
  if (!foreign.test(line)) throw new Error('Nobody knows this program.');
}

/** The words of each command of a block, as a shell splits them. */
function commandsIn(text: string): string[][] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return lines.flatMap((line) => {
    const tokens = line.matchAll(/\s+#.*$|^#.*$|&&|(?:"[^"]*"|'[^']*'|[^\s"'&])+/g);
    const found: string[][] = [[]];
    for (const [token] of tokens) {
      if (/^\s*#/.test(token)) break;
      if (token === '&&') found.push([]);
      else
        found
          .at(-1)
          ?.push(token.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ''));
    }
    return found.filter((words) => words.length > 0);
  });
}

test('commands in README, docs/ and CONTRIBUTING can be given as they stand', () => {
  const pages = readdirSync('docs').filter((file) => file.endsWith('.md'));
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    'bench/reports/README.md',
    ...pages.map((file) => `docs/${file}`),
  ];
  const blocks = files
    .flatMap((file) => readMarkdown(file).blocks)
    .filter(({ language }) => language === 'sh');
  const problems: string[] = [];
  let checked = 0;
  for (const { file, line, text } of blocks)
    for (const words of commandsIn(text)) {
      checked++;
      try {
        checkCommand(words);
      } catch (error) {
        problems.push(`${file}:${line} ${words.join(' ')}: ${String(error)}`);
      }
    }
  expect(problems).toEqual([]);
  expect(checked).toBeGreaterThan(40);
  console.log(`${checked} commands in ${blocks.length} blocks`);
});

test('a command that is not there and an option that nobody takes are noticed', () => {
  const wrong = [
    'npx molmo2-webgpu aks',
    'npx molmo2-webgpu ask --imag a.png x',
    'npm run bench -- --fast',
    'npm run tset',
    'rm -r x',
  ];
  for (const line of wrong) expect(() => commandsIn(line).forEach(checkCommand), line).toThrow();
});

test('blocks of code are in languages that are checked', () => {
  const known = ['ts', 'tsx', 'js', 'html', 'css', 'json', 'sh', 'text'];
  const pages = readdirSync('docs').filter((file) => file.endsWith('.md'));
  const blocks = ['README.md', ...pages.map((file) => `docs/${file}`)].flatMap(
    (file) => readMarkdown(file).blocks,
  );
  const others = blocks.filter(({ language }) => !known.includes(language));
  expect(others.map(({ file, line, language }) => `${file}:${line} ${language}`)).toEqual([]);
  for (const { text } of blocks.filter(({ language }) => language === 'json'))
    expect(() => JSON.parse(text) as unknown).not.toThrow();
});
