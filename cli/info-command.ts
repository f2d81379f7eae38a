// `info`: what this machine can do, as text to paste into an issue.

import { checkSupport, supportText } from '../src/index.ts';
import { parseArguments } from './arguments.ts';
import { UsageError } from './failure.ts';
import { optionReader } from './option-reader.ts';
import { refuseClosedOutput } from './closed-output.ts';
import type { Terminal } from './terminal.ts';

export const infoHelp = `Usage: molmo2-webgpu info [--json] [--memory-gb N]

Prints versions, the graphics adapter with its features and limits, the codecs that ffmpeg decodes,
and which models fit: text to paste into an issue. Asks no server and loads no model. It names this
machine's hardware and software, nothing about its user and no path.

  --json          one JSON object instead
  --memory-gb N   GPU memory that the models are planned with; else only the adapter's limits count

Exit status: 0 also where there is no WebGPU, 2 wrong usage, 130 interrupted.
`;

/** Runs `info` with the arguments behind it. Throws what `failureOf` understands, or the signal's reason. */
export async function infoCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { options, words } = parseArguments(args, { '--json': 'none', '--memory-gb': 'one' });
  if (words.length > 0)
    throw new UsageError(`info takes no words, got "${words[0]}". Write: molmo2-webgpu info`);
  const read = optionReader<'--json' | '--memory-gb'>(options);
  const gigabytes = read.number('--memory-gb', { above: 0 });
  refuseClosedOutput();
  const support = await checkSupport(gigabytes === undefined ? {} : { memoryBytes: gigabytes * 1e9 });
  signal.throwIfAborted();
  terminal.print(read.has('--json') ? `${JSON.stringify(support)}\n` : supportText(support));
}
