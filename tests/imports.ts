// Reads which modules a TypeScript file imports, and which names it exports.

import { parseSync, Visitor } from 'rolldown/utils';

export interface Import {
  readonly from: string;
  /** Nothing of it is left when types are erased. */
  readonly typeOnly: boolean;
}

// Parsing is slow, and every rule about imports asks for those of every file.
const known = new Map<string, readonly Import[]>();

/** Static, dynamic and `import('x')` type imports, and what is exported on from elsewhere. */
export function importsOf(file: string, source: string): readonly Import[] {
  const key = `${file}\n${source}`;
  const imports = known.get(key) ?? parsedImports(file, source);
  known.set(key, imports);
  return imports;
}

function parsedImports(file: string, source: string): Import[] {
  const { module, program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const imports: Import[] = module.staticImports.map(({ moduleRequest, entries }) => ({
    from: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }));
  for (const { entries } of module.staticExports)
    for (const { moduleRequest, isType } of entries)
      if (moduleRequest) imports.push({ from: moduleRequest.value, typeOnly: isType });
  new Visitor({
    ImportExpression: ({ source: name }) => {
      if (name.type === 'Literal') imports.push({ from: String(name.value), typeOnly: false });
    },
    TSImportType: ({ source: name }) => {
      imports.push({ from: name.value, typeOnly: true });
    },
  }).visit(program);
  return imports;
}

/** Names that a file exports, sorted; a type is written `type Name`. */
export function exportsOf(file: string, source: string): string[] {
  return parseSync(file, source)
    .module.staticExports.flatMap(({ entries }) => entries)
    .map(({ exportName, isType }) => `${isType ? 'type ' : ''}${exportName.name ?? exportName.kind}`)
    .sort();
}
