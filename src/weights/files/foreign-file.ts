// Files that have the name of a checkpoint's file and are something else: told from their first bytes.

/** How much of a file tells. */
export const foreignHead = 256;

/** What the file is and what to do, to stand behind its name; null where it may be what its name says. */
export function foreignFile(head: Uint8Array): string | null {
  const text = String.fromCharCode(...head.subarray(0, foreignHead))
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (text.startsWith('version https://git-lfs'))
    return 'is a Git LFS pointer, not the file itself. Run: git lfs pull';
  if (/^<(!doctype|!--|html|head|body|\?xml|title|error)/i.test(text))
    return 'is a web page, not the file itself. Sign in where it comes from, then download it again.';
  if (text.startsWith('GGUF'))
    return 'is a GGUF file, which is not read. Get the .safetensors files of the checkpoint.';
  if (text.startsWith('PK\u0003\u0004'))
    return 'is a zip archive, as PyTorch saves weights, which is not read. Save the model with safe_serialization=True, or unpack it.';
  return null;
}
