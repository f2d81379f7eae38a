// What `dataset --help` prints.

export const datasetHelp = `Usage: molmo2-webgpu dataset INPUT... --out FOLDER [options]
       molmo2-webgpu dataset INPUT... --to FORMAT [--out FILE] [options]

Makes training data of questions with right answers, or writes them in another format.

An INPUT is a file of questions (json, what the demo page exports; molmo2, training text as JSONL;
coco, mot, burst, tao, pixmo-points or csv), a folder of such files, or a dataset of this command.
FOLDER gets train.jsonl and so on with the model's own text, the media, everything that is known of
the questions in questions/, dataset.json with counts and hashes, and folder_dataset.py, by which
the official training code reads it. docs/datasets.md says more.

  --out FOLDER|FILE      where to write; a dataset that is there already is replaced
  --format FORMAT        of the inputs, where name and beginning do not tell it
  --media FOLDER         where media lie that inputs name without a folder (default: beside them)
  --split 0.9,0.1[,0.1]  shares of train, validation and test; no medium is in two (default 0.9,0.1)
  --seed N               another way to deal out the media (default 1)
  --link                 media are hard links to the originals, not copies
  --licence TEXT, --source TEXT   notes for dataset.json: what may be done with it, where it is from
  --against INPUT        an evaluation set: tells which media of it are among the inputs; repeatable
  --drop-leaks           leaves out questions about these media
  --strict               writes nothing if references contradict each other or the media, or for leaks
  --dry-run              writes nothing, and says all that would be written
  --json                 what was found as one line of JSON
  --to FORMAT            writes the questions in this format to FILE or to standard output; for mot,
                         a folder with a sequence for each clip
  --skip                 leaves out questions that FORMAT has no place for, and says how many

Exit status: 0 done, 1 the work failed, 2 wrong usage, 130 interrupted.
`;
