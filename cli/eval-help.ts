// What `eval --help` prints.

export const evalHelp = `Usage: molmo2-webgpu eval [options] FILE_OR_FOLDER...
       molmo2-webgpu eval [options] --scenes N
       molmo2-webgpu eval --compare A.jsonl B.jsonl

Asks a model questions whose right answers are known, and says how right its answers are: points,
counts, tracks, multiple choice and short answers, each with a 95% interval, and how fast they came.

What to ask
  FILE_OR_FOLDER            questions with references: our own JSON, Molmo2's training text, COCO,
                            MOT Challenge (a folder with seqinfo.ini), BURST, TAO, PixMo-Points, CSV
  --format NAME             their format, where a file's name and beginning do not tell it: json, molmo2,
                            coco, mot, burst, tao, pixmo-points or csv
  --media FOLDER            from which folder the files name their media (default their own)
  --fps N                   frames per second of videos whose frames are only numbered
  --scenes N                N scenes of coloured shapes, made on the spot
  --seed 7,8                seeds of the scenes, each a set of its own (default 0)
  --questions N             questions about each scene (default 4)
  --kinds points,count,...  only these: points, count, video-points, tracks, choice, short, caption
  --limit N                 only the first N of each set

How to ask; each of the first three takes a list, and every combination is asked
  --weights f32,f16,q8,q4   format of a checkpoint's weights (default as of ask)
  --kv f32,f16,int8         number format of keys and values
  --kernels NAME,...        software, portable, subgroups, f16 or packed (default what the GPU can do)
  --model NAME|DIR|URL      a model's name, or the folder or URL of a checkpoint (default shapes)
  --max-new-tokens N        cut answers after this many tokens (default 2048)
  --max-crops N             most crops of each image (default from the checkpoint, 8)
  --max-frames N            most frames of a video (default from the checkpoint)
  --max-fps N               most frames per second of a video (default from the checkpoint), or of a list
                            of frames (default 2)

  --follow-ups              with --scenes N: N conversations of two questions about scenes of each sort;
                            how the second answer compares with that of a fresh chat

Captions are scored by a language model, if one is named, and not at all otherwise
  --judge URL               base of an OpenAI-shaped API, such as https://api.openai.com/v1: captions and
                            their references are sent there, pictures are not
  --judge-model NAME        the model there
  --judge-key-env VAR       the environment variable that holds its key
  --judge-price IN,OUT      what a million tokens in and out cost, to sum it up

What to write
  --out FOLDER              a file for each run, written as it runs, summary.json, and report.html, one
                            page with pictures of the worst answers (report.json without); the same
                            command goes on where it was
  --json                    one line of JSON instead of tables
  --compare A B             ask nothing: what changed between two runs over the same questions, with a
                            paired test; --limit N changes are listed (default 20), --out FOLDER
                            writes all of them as comparison.html

Environment: HF_TOKEN, a token of the hub for models that need one; HF_ENDPOINT, another hub.
Exit status: 0 scored, 1 the work failed, 2 wrong usage, 130 interrupted.
`;
