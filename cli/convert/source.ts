// The checkpoint that `convert` reads: a folder of this machine or a repository of the hub.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openFiles } from '#weights/source/open-files';
import { openCheckpoint, type Checkpoint } from '../../src/weights/checkpoint/checkpoint.ts';
import { defaultEndpoint, hubAddress, openHub, type Hub } from '../../src/weights/fetch/hub.ts';
import type { FileVersion } from '../../src/weights/fetch/hub-answer.ts';
import type { OnWait } from '../../src/weights/fetch/retry.ts';
import { catalogueModel } from '../../src/weights/source/catalogue.ts';
import { hubPage } from '../../src/weights/source/near-names.ts';
import { checkedTensors } from '../../src/weights/checkpoint/checkpoint-tensors.ts';
import type { ModelFiles } from '../../src/weights/files/model-files.ts';
import type { InputPlace } from '../bundle/jobs.ts';
import { checkTokenizer } from '../check-tokenizer.ts';
import { UsageError } from '../failure.ts';
import { hubSettings } from '../hub-settings.ts';
import type { SourceTensor } from './slices.ts';

export interface ConversionSource {
  readonly checkpoint: Checkpoint;
  /** The tensors that the model needs, by name. */
  readonly tensors: ReadonlyMap<string, SourceTensor>;
  readonly place: InputPlace;
  /** Equal exactly when the files are the same ones. */
  readonly identity: string;
}

/** Opens SRC and reads everything but the weights. Throws UsageError or Molmo2Error. */
export async function openSource(
  text: string,
  signal: AbortSignal,
  onWait?: OnWait,
): Promise<ConversionSource> {
  const address = hubAddress(text, hubSettings());
  if (!address) return openFolderSource(text, signal);
  return openHubSource(openHub(address, { policy: { onWait } }), signal);
}

async function openHubSource(hub: Hub, signal: AbortSignal): Promise<ConversionSource> {
  return described(hub, (name) => hub.version(name, signal), signal, (versions) => ({
    kind: 'hub',
    address: hub.address(),
    versions,
  })); // prettier-ignore
}

async function openFolderSource(path: string, signal: AbortSignal): Promise<ConversionSource> {
  if (/^[a-z]+:\/\//i.test(path))
    throw new UsageError(
      `SRC is the address ${path}; give a folder of this machine, or ${hubPage(path, hubSettings().endpoint ?? defaultEndpoint) ?? 'hf:OWNER/NAME'} for a model on the hub.`,
    );
  const known = catalogueModel(path);
  if (known?.source.kind === 'hub')
    throw new UsageError(
      `SRC is the name of a released model; write hf:${known.source.repository} to convert it.`,
    );
  const files = openFiles({ kind: 'path', label: path, path });
  const version = async (name: string) => {
    const info = await stat(join(path, name)).catch(() => null);
    return info && { byteLength: info.size, etag: String(info.mtimeMs) };
  };
  return described(files, version, signal, () => ({ kind: 'folder', path }));
}

async function described(
  files: ModelFiles,
  version: (name: string) => Promise<FileVersion | null>,
  signal: AbortSignal,
  place: (versions: readonly (readonly [string, FileVersion])[]) => InputPlace,
): Promise<ConversionSource> {
  const checkpoint = await openCheckpoint(files, signal);
  // Whatever loading would refuse is refused before hours of work.
  checkTokenizer(checkpoint);
  const found = checkedTensors(checkpoint);
  const versions: [string, FileVersion][] = [];
  for (const file of new Set(found.map((tensor) => tensor.file))) {
    const known = await version(file);
    if (known) versions.push([file, known]);
  }
  const tensors = new Map(found.map((tensor) => [tensor.name, tensor]));
  return { checkpoint, tensors, place: place(versions), identity: JSON.stringify(versions) };
}
