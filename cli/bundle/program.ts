// The file that this program runs from. In the package that is dist/node/cli.js, from source a joined module in a cache;
// threads start it once more. `import.meta.url` would not do: from source it names the file before it was joined.

/** Null where the sources run one by one, as in unit tests: there is nothing a thread could start. */
export function ownProgram(): string | null {
  const file: string | undefined = import.meta.filename;
  return file === undefined || file.endsWith('.ts') ? null : file;
}
