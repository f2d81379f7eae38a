// Files and folders that are dropped anywhere on the page.

export interface DroppedFile {
  readonly file: File;
  /** From what was dropped downwards: `folder/picture.png`. */
  readonly path: string;
}

export interface Dropped {
  readonly files: readonly DroppedFile[];
  readonly fromFolder: boolean;
}

/** How deep folders are read: what lies directly in them, or everything. */
export type DropDepth = 'one' | 'all';

function entryFile(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A directory reader gives its entries in portions, the last of which is empty. */
async function folderEntries(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) return entries;
    entries.push(...portion);
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

async function filesIn(
  entries: readonly FileSystemEntry[],
  depth: DropDepth,
): Promise<FileSystemFileEntry[]> {
  const inside = await Promise.all(
    entries.filter(isFolder).map(async (folder) => {
      const found = await folderEntries(folder);
      return depth === 'all' ? filesIn(found, depth) : found.filter(isFile);
    }),
  );
  return [...entries.filter(isFile), ...inside.flat()].filter((entry) => !entry.name.startsWith('.'));
}

async function droppedFiles(data: DataTransfer, depth: DropDepth): Promise<Dropped> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (!entries.some(isFolder))
    return { files: Array.from(data.files, (file) => ({ file, path: file.name })), fromFolder: false };
  const files = (await filesIn(entries, depth)).map(async (entry) => {
    return { file: await entryFile(entry), path: entry.fullPath.replace(/^\//, '') };
  });
  return { files: await Promise.all(files), fromFolder: true };
}

/** Listens for drops; a veil shows meanwhile that they are welcome. */
export function setUpFileDrop(
  depth: DropDepth,
  onDrop: (dropped: Dropped) => void,
  onError: (error: unknown) => void,
): void {
  // The veil stays while the pointer is over the page; entering a child fires before leaving its parent.
  let inside = 0;
  const veil = (change: number): void => {
    inside = Math.max(0, inside + change);
    document.body.toggleAttribute('data-dragging', inside > 0);
  };
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  document.addEventListener('dragenter', (event) => hasFiles(event) && veil(1));
  document.addEventListener('dragleave', (event) => hasFiles(event) && veil(-1));
  document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener('drop', (event) => {
    veil(-inside);
    if (!event.dataTransfer || !hasFiles(event)) return;
    event.preventDefault();
    droppedFiles(event.dataTransfer, depth).then(onDrop, onError);
  });
}
