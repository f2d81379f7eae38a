// Which checkpoint a user means, as plain data that can cross to a worker.

import { Molmo2Error } from '../errors.ts';
import { embeddedShapes } from './embedded-shapes.ts';

/** What `load` accepts: a name of the catalogue, the URL of a checkpoint folder, its files, or (in Node) its path. */
export type ModelInput = string | URL | readonly File[];

export type ModelSource =
  | { readonly kind: 'urls'; readonly label: string; readonly urls: Readonly<Record<string, string>> }
  | { readonly kind: 'folder-url'; readonly label: string; readonly base: string }
  | { readonly kind: 'files'; readonly label: string; readonly files: Readonly<Record<string, File>> }
  | { readonly kind: 'path'; readonly label: string; readonly path: string };

/** Names of the catalogue (weights.manifest.json; a test compares the two). */
export const modelNames = ['shapes'] as const;

/** Finds what `model` means; relative URLs are taken against `baseUrl`. Throws `unknown-model` listing what would do. */
export function modelSource(model: ModelInput, baseUrl: string | null): ModelSource {
  if (model === 'shapes') return { kind: 'urls', label: 'shapes', urls: embeddedShapes() };
  if (typeof model !== 'string' && !(model instanceof URL)) return fileSource(model);
  const text = typeof model === 'string' ? model : model.href;
  if (/^(https?|file|blob):/.test(text)) return urlSource(text);
  if (baseUrl !== null && /^(\/|\.\.?\/)/.test(text)) return urlSource(new URL(text, baseUrl).href);
  if (baseUrl === null) return { kind: 'path', label: text, path: text };
  throw new Molmo2Error(
    'unknown-model',
    `No model is called "${text}". Known names: ${modelNames.join(', ')}. Or give the URL of a checkpoint folder, or its files.`,
  );
}

/** A query (a signed address has one) belongs to every file of the folder: see `fileUrl`. */
function urlSource(address: string): ModelSource {
  if (!URL.canParse(address))
    throw new Molmo2Error(
      'unknown-model',
      `"${address}" is no valid URL. Give the URL of the folder that holds config.json and the .safetensors files.`,
    );
  const url = new URL(address);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  url.hash = '';
  return {
    kind: 'folder-url',
    label: url.origin === 'null' ? url.href : url.origin + url.pathname,
    base: url.href,
  };
}

/** The address of a file of the folder at `base`. */
export function fileUrl(base: string, name: string): string {
  const url = new URL(name, base);
  url.search = new URL(base).search;
  return url.href;
}

function fileSource(list: readonly File[]): ModelSource {
  // Empty for files that were chosen one by one, missing in Node.
  const path: string | undefined = list[0]?.webkitRelativePath;
  const folder = path?.split('/')[0];
  // A browser hands over files of inner folders too; of two with one name the outer one is meant.
  const depth = (file: File) => (file.webkitRelativePath ?? '').split('/').length;
  const outerLast = list.toSorted((a, b) => depth(b) - depth(a));
  const files = Object.fromEntries(outerLast.map((file) => [file.name, file]));
  return { kind: 'files', label: folder ? `The folder "${folder}"` : 'The chosen folder', files };
}
