// Which files hold the weights of a checkpoint folder.

import { Molmo2Error } from '../../errors.ts';
import type { ModelFiles } from '../files/model-files.ts';
import { optionalJson } from '../files/model-settings.ts';

const single = 'model.safetensors';
const indexFile = 'model.safetensors.index.json';

/** Those that the index names, the single one, or shards whose names say that none is missing. Throws `bad-checkpoint`. */
export async function weightFiles(files: ModelFiles, signal?: AbortSignal): Promise<readonly string[]> {
  const index = await optionalJson(files, indexFile, signal);
  if (index !== null) return indexedFiles(index, files.label);
  const names = await files.names?.();
  if (!names || names.includes(single)) return [single]; // where nobody can say, reading it does
  const shards = completeShards(names);
  if (shards) return shards;
  throw new Molmo2Error('bad-checkpoint', `${files.label} ${withoutWeights(names)}`);
}

function indexedFiles(index: unknown, label: string): string[] {
  const refuse = (what: string): never => {
    throw new Molmo2Error('bad-checkpoint', `${indexFile} of ${label} ${what}`);
  };
  const map = typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : null;
  const names: unknown[] = typeof map === 'object' && map !== null ? [...new Set(Object.values(map))] : [];
  if (names.length === 0) refuse('lists no files. Download the file again.');
  return names.map((name) => {
    if (typeof name === 'string' && /^[\w.-]+\.safetensors$/.test(name)) return name;
    const shown = (JSON.stringify(name) ?? 'nothing').slice(0, 200);
    if (typeof name === 'string' && /[\\/]/.test(name))
      return refuse(
        `names ${shown}, but files in other folders are not read. Put all files of the checkpoint into one folder.`,
      );
    return refuse(
      `names ${shown}, which is no .safetensors file. Save the model with safe_serialization=True.`,
    );
  });
}

const shardName = /^model-(\d{5})-of-(\d{5})\.safetensors$/;

/** The shards of a folder without an index, if their own names say that all of them are there. */
function completeShards(names: readonly string[]): string[] | null {
  const shards = names.filter((name) => shardName.test(name)).toSorted();
  const count = Number(shardName.exec(shards[0] ?? '')?.[2]);
  const complete = shards.every((name, i) => {
    const [, number, of] = shardName.exec(name) ?? [];
    return Number(number) === i + 1 && Number(of) === count;
  });
  return shards.length > 0 && shards.length === count && complete ? shards : null;
}

/** What the folder has in place of weights, and what to do, to stand behind its name. */
function withoutWeights(names: readonly string[]): string {
  const shards = names.filter((name) => shardName.test(name));
  if (shards.length > 0)
    return `has no ${indexFile}, and of the shards that "${shards[0]}" is one of not all are there. Download all .safetensors files and the index.`;
  const others = names.filter((name) => name.endsWith('.safetensors'));
  if (others.length > 0)
    return `has "${others[0]}" but no ${single}. Give the weights that name, or add ${indexFile}.`;
  const foreign = names.find((name) => /\.(bin|gguf|ggml|pt|pth|ckpt|onnx|h5|msgpack|npz)$/i.test(name));
  if (foreign !== undefined)
    return `has ${foreign}, which is not read. Only .safetensors files are; save the model with safe_serialization=True.`;
  return `has no ${single}. Put all files of the checkpoint into one folder.`;
}
