// Which checkpoint a user means, as plain data that can cross to a worker.

import { Molmo2Error } from '../../errors.ts';
import { catalogueModel, modelNames } from './catalogue.ts';
import { embeddedShapes } from './embedded-shapes.ts';
import type { WeightFormat } from '../formats/formats.ts';
import { hubPage, nameAdvice } from './near-names.ts';
import { defaultEndpoint, hubAddress, type HubAddress } from '../fetch/hub.ts';

/**
 * What `load` accepts: a name of the catalogue, `hf:owner/name[@revision]`, `kept:NAME` for one that the browser keeps (`cachedModels`
 * has the names), the URL of a bundle or checkpoint folder, its files, or (in Node) its path.
 */
export type ModelInput = string | URL | readonly File[];

export type ModelSource =
  | { readonly kind: 'urls'; readonly label: string; readonly urls: Readonly<Record<string, string>> }
  | { readonly kind: 'folder-url'; readonly label: string; readonly base: string }
  | { readonly kind: 'files'; readonly label: string; readonly files: Readonly<Record<string, File>> }
  | { readonly kind: 'hub'; readonly label: string; readonly address: HubAddress }
  | { readonly kind: 'path'; readonly label: string; readonly path: string }
  /** In the cache under this name, wherever it came from. */
  | { readonly kind: 'kept'; readonly label: string };

/** The model hub that `hf:` and the released models are read from. */
export interface HubSettings {
  /** Default `https://huggingface.co`. */
  readonly endpoint?: string;
  /** For models that need one; sent to the hub alone. */
  readonly token?: string;
}

const keptPrefix = 'kept:';

/** Finds what `model` means; relative URLs are taken against `baseUrl`. Throws `unknown-model` listing what would do. */
export function modelSource(model: ModelInput, baseUrl: string | null, hub: HubSettings = {}): ModelSource {
  const known = typeof model === 'string' ? catalogueModel(model) : null;
  if (known?.source.kind === 'embedded') return { kind: 'urls', label: 'shapes', urls: embeddedShapes() };
  if (typeof model === 'string' && model.startsWith(keptPrefix))
    return { kind: 'kept', label: model.slice(keptPrefix.length) };
  const hubText =
    known?.source.kind === 'hub' ? `hf:${known.source.repository}@${known.source.revision}` : model;
  const address = typeof hubText === 'string' ? hubAddress(hubText, hub) : null;
  if (address)
    return { kind: 'hub', label: known && typeof model === 'string' ? model : address.repo, address };
  if (typeof model !== 'string' && !(model instanceof URL)) return fileSource(model);
  const text = typeof model === 'string' ? model : model.href;
  const page = hubPage(text, hub.endpoint ?? defaultEndpoint);
  if (page !== null)
    throw new Molmo2Error(
      'unknown-model',
      `${text} is the page of a model of the hub. Write ${page} to load it.`,
    );
  if (/^(https?|file|blob):/.test(text) || isOfPage(text, baseUrl)) return urlSource(text);
  if (baseUrl !== null && /^(\/|\.\.?\/)/.test(text)) return urlSource(new URL(text, baseUrl).href);
  if (baseUrl === null) return { kind: 'path', label: text, path: text };
  throw new Molmo2Error(
    'unknown-model',
    `No model is called "${text}".${nameAdvice(text)} Known names: ${modelNames.join(', ')}. Or give hf:OWNER/NAME, the URL of a bundle or checkpoint folder, or its files.`,
  );
}

/** The pages of an extension or an app have addresses of a scheme of their own, and so have the files beside them. */
function isOfPage(text: string, baseUrl: string | null): boolean {
  return baseUrl !== null && text.startsWith(`${new URL(baseUrl).protocol}//`);
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

/** A checkpoint of the hub is far too large for f32; a folder is computed exactly. */
export function defaultWeights(source: ModelSource): WeightFormat {
  if (source.kind !== 'hub') return 'f32';
  return catalogueModel(source.label)?.defaultWeights ?? 'q4';
}
