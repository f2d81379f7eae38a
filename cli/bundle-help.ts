// What `convert --help`, `synth --help` and `verify --help` print.

export const convertHelp = `Usage: molmo2-webgpu convert SRC OUT [--weights f16|q8|q4]

Converts a Molmo2 checkpoint to a bundle, the form in which this package loads it fast.

  SRC   a folder with config.json and .safetensors files, or hf:OWNER/NAME[@REVISION]
  OUT   the folder to write; it must not exist yet
  --weights FORMAT   how the language model's matrices are stored: 16, 8 or 4 bits (default q4)

A run that was stopped goes on where it was when the same command is given again; until it is
done everything lies in OUT.partial.

Environment: HF_TOKEN, a token of the hub for models that need one; HF_ENDPOINT, another hub.
Exit status: 0 converted, 1 the work failed, 2 wrong usage, 130 interrupted.
`;

export const synthHelp = `Usage: molmo2-webgpu synth ARCH OUT [--weights f16|q8|q4]

Writes a bundle of random weights in the true shapes of a model, to measure without a download.

  ARCH  molmo2-4b, molmo2-8b, molmo2-o-7b, or tiny
  OUT   the folder to write; it must not exist yet
  --weights FORMAT   how the language model's matrices are stored: 16, 8 or 4 bits (default q4)

Exit status: 0 written, 1 the work failed, 2 wrong usage, 130 interrupted.
`;

export const verifyHelp = `Usage: molmo2-webgpu verify DIR|URL

Reads all of a bundle and checks every hash, size and shape. Each problem is one line.

Exit status: 0 all is well, 1 there are problems, 2 wrong usage, 130 interrupted.
`;
