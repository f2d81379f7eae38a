// What `score --help` prints.

export const scoreHelp = `Usage: molmo2-webgpu score [options] --answer TEXT PROMPT

Tells how likely an answer is to a question about an image or a video: the natural logarithm of the
probability of each of its tokens, given everything before it, and their sum.

  --answer TEXT             the answer to score
  --answer-ids 5,6,7        the same as token ids
  --end                     score the token that ends the answer, too (always with --weighting)
  --weighting NAME|N        what a token weighs in the loss: length (2 / sqrt of the number of tokens),
                            pointing and tracking (0.2), video-caption (0.1), or a number (default 1)
  --branches N              conversations that training put into one tree; length divides by its root
  --json                    one line of JSON instead of a line for each token

What to look at and how to ask, as of ask: --model, --image, --video, --frames, --timestamps, --subtitles,
--start-sec, --end-sec, --max-crops, --max-frames, --max-fps, --style, --point, --messages, --kv.

Environment: HF_TOKEN, a token of the hub for models that need one; HF_ENDPOINT, another hub.
Exit status: 0 scored, 1 the work failed, 2 wrong usage, 130 interrupted.
`;
