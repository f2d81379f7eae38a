// What a load cannot do without, and nothing else: reads the cached shards from OPFS piece by piece and writes them into
// buffers of the GPU. Knows only where the cache keeps its files.

export interface LoopResult {
  readonly ms: number;
  readonly bytes: number;
  /** Null when all went well. */
  readonly error: string | null;
}

const readBytes = 8 * 1024 * 1024;
const unsettledBytes = 16 * 1024 * 1024; // as the loader waits
const bufferBytes = 256 * 1024 * 1024; // WebGPU's default limit

interface ReadHandle {
  read(target: Uint8Array, options: { at: number }): number;
  getSize(): number;
  close(): void;
}

async function shardHandles(): Promise<ReadHandle[]> {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('molmo2-webgpu');
  const handles: ReadHandle[] = [];
  for await (const folder of root.values()) {
    if (folder.kind !== 'directory') continue;
    for await (const file of (folder as FileSystemDirectoryHandle).values())
      if (file.kind === 'file' && file.name.startsWith('shard-'))
        handles.push(await (file as FileSystemFileHandle).createSyncAccessHandle());
  }
  return handles;
}

async function run(): Promise<LoopResult> {
  const device = await (await navigator.gpu.requestAdapter())?.requestDevice();
  if (!device) throw new Error('no GPU');
  let failure: string | null = null;
  device.onuncapturederror = ({ error }) => (failure ??= error.message);
  const handles = await shardHandles();
  try {
    const startMs = performance.now();
    const bytes = await copyAll(device, handles);
    return { ms: performance.now() - startMs, bytes, error: failure };
  } finally {
    for (const handle of handles) handle.close();
    device.destroy();
  }
}

/** Returns how many bytes all the shards have. */
async function copyAll(device: GPUDevice, handles: readonly ReadHandle[]): Promise<number> {
  const into = new Uint8Array(readBytes);
  let total = 0;
  let unsettled = 0;
  for (const handle of handles) {
    const size = handle.getSize();
    let buffer: GPUBuffer | null = null;
    for (let at = 0; at < size; at += readBytes) {
      if (at % bufferBytes === 0)
        buffer = device.createBuffer({
          size: Math.min(bufferBytes, size - at),
          usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
        });
      const count = handle.read(into, { at });
      if (count !== Math.min(readBytes, size - at)) throw new Error(`${count} bytes were read at ${at}`);
      if (buffer) device.queue.writeBuffer(buffer, at % bufferBytes, into, 0, count);
      unsettled += count;
      if (unsettled < unsettledBytes) continue;
      await device.queue.onSubmittedWorkDone();
      unsettled = 0;
    }
    total += size;
  }
  await device.queue.onSubmittedWorkDone();
  return total;
}

self.onmessage = () => {
  void run()
    .catch((cause: unknown): LoopResult => ({ ms: 0, bytes: 0, error: String(cause) }))
    .then((result) => self.postMessage(result));
};
