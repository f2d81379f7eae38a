// `npm run docs`: README, docs/ and the reference of every public name as static pages in docs-dist/, out of the doc comments.
// Asks nothing of the network. Fails where a public name has no doc comment, where one speaks of a type that nobody can
// import, and where a link in a comment or a page leads nowhere.
//
// TypeDoc reads sources with the compiler's JavaScript, which TypeScript 7 no longer has: it is given TypeScript 6 in its place.

import { register } from 'node:module';
import { join, relative } from 'node:path';
import process from 'node:process';
import type { DeclarationReflection, ProjectReflection } from 'typedoc';
import { docsOrder } from './docs-order.ts';
import { root } from './cache.ts';
import { doors } from './doors.ts';

const oldCompiler = `export function resolve(name, context, next) {
  return next(name === 'typescript' ? 'typescript-6' : name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(oldCompiler)}`);
const { Application, ReflectionKind } = await import('typedoc');

const documented =
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.Function |
  ReflectionKind.Variable |
  ReflectionKind.TypeAlias |
  ReflectionKind.Method |
  ReflectionKind.Accessor;

function isCommented(reflection: DeclarationReflection): boolean {
  const { getSignature, setSignature, signatures = [], type } = reflection;
  const ofType = type?.type === 'reflection' ? (type.declaration.signatures ?? []) : [];
  return [reflection, getSignature, setSignature, ...signatures, ...ofType].some((part) =>
    part?.hasComment(),
  );
}

/**
 * Public names and methods without a doc comment. Properties say themselves what they are, or have one; parts of an unnamed type
 * are described where it is used.
 */
function silent(project: ProjectReflection): string[] {
  const all = project.getReflectionsByKind(documented) as DeclarationReflection[];
  const own = all.filter(
    ({ inheritedFrom, parent }) => !inheritedFrom && !parent?.kindOf(ReflectionKind.TypeLiteral),
  );
  return own
    .filter((reflection) => !isCommented(reflection))
    .map((reflection) => `${ReflectionKind.singularString(reflection.kind)} ${reflection.getFullName()}`);
}

process.chdir(root);
const out = join(root, 'docs-dist');
const app = await Application.bootstrap({
  name: 'molmo2-webgpu',
  entryPoints: doors().map(({ source }) => source),
  tsconfig: 'tsconfig.json',
  readme: 'README.md',
  projectDocuments: docsOrder().map(({ file }) => `docs/${file}`),
  out,
  cleanOutputDir: true,
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  // Types are checked by `npm run check:types`; this compiler is another one.
  skipErrorChecking: true,
  githubPages: false,
  navigation: { includeCategories: false, includeGroups: false },
  sort: ['source-order'],
  validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true },
  logLevel: 'Warn',
});
const project = await app.convert();
if (!project) throw new Error('TypeDoc could not read the sources; what is wrong stands above.');
app.validate(project);
for (const name of silent(project)) app.logger.warn(`${name} has no doc comment.`);
await app.generateOutputs(project);

const { errorCount, warningCount } = app.logger;
if (errorCount + warningCount > 0) {
  console.error(`${errorCount + warningCount} things to mend, named above.`);
  process.exitCode = 1;
} else console.log(`${relative(root, join(out, 'index.html'))} is the first page.`);
