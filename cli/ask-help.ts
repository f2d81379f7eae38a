// What `ask --help` prints.

export const askHelp = `Usage: molmo2-webgpu ask [options] PROMPT

Asks Molmo2 about an image or a video. The answer goes to standard output.

What to look at (one of)
  --image FILE              a picture (path or URL); repeat it for several
  --video FILE              a video (path or URL); needs ffmpeg on this machine
  --frames FILE...          the sampled frames of a video: every argument up to the next option
  --timestamps 0,0.5,...    the time of each frame in seconds

How to look at it
  --max-crops N             most crops of each image, 1 to 24 (default from the checkpoint, 8)
  --max-frames N            most frames of the video (default from the checkpoint, 384)
  --max-fps N               most frames per second of the video (default from the checkpoint, 2)
  --start-sec, --end-sec N  only this part of the video; answers keep the times of the whole
  --window SEC              walk a long video in windows of this length, and join what they find
  --overlap SEC             how far windows overlap (default a quarter)
  --subtitles FILE          a .vtt or .srt file that belongs to the video

How to ask
  --model NAME|DIR|URL      a model's name, or the folder or URL of a checkpoint (default shapes)
  --style NAME              a style of the training data, such as pointing or video_point
  --point T,X,Y             an object to follow: seconds and pixels of the video; PROMPT is its name
  --messages FILE.json      a whole conversation in place of PROMPT
  --                        ends the options; PROMPT comes last

How to answer
  --max-new-tokens N        stop after this many tokens (default 2048)
  --temperature N           0 takes the most likely token (default)
  --top-k N, --top-p N      sample from the most likely tokens only
  --min-p N                 sample from tokens that are at least N times as likely as the likeliest, 0 to 1
  --seed N                  makes sampling repeatable (default 0)
  --repetition-penalty N    above 1: what was said before is less likely (default 1)
  --frequency-penalty N     the same for each time a token is in the answer, -2 to 2 (default 0)
  --presence-penalty N      the same once it is in the answer, -2 to 2 (default 0)
  --logit-bias ID:N,...     makes tokens likelier or less likely, -100 to 100
  --expect WHAT             what the answer must be: points, tracks, count, yes-no, choices:A,B,...,
                            regexp:PATTERN (the whole answer), or schema:FILE.json
  --stop TEXT               end the answer before this text; repeat it for several
  --logprobs N              with --json: log probabilities of the tokens and of the N likeliest, 0 to 20
  --fit less|exact          where it does not fit: with less of it (default), or not at all
  --kv f32|f16|int8         number format of keys and values (default f32 for exact weights, else f16)

What to write
  --plan                    ask nothing: say what the question takes, and whether it fits
  --json                    one line of JSON instead of the text
  --overlay OUT.png         the picture, or the frames as a contact sheet, with the points drawn
  --trace OUT.safetensors   the tensors of the run, to compare with another implementation
  --trace-positions 0,1     prompt positions whose logits are traced (default the last)
  --force-ids 5,6           ids to feed in place of the model's own choices; needs --trace

Environment: HF_TOKEN, a token of the hub for models that need one; HF_ENDPOINT, another hub.
Exit status: 0 answered, 1 the work failed, 2 wrong usage, 130 interrupted.
`;
