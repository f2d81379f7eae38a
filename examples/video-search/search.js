import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Molmo2 } from 'molmo2-webgpu';

const [folder, things] = process.argv.slice(2);
if (things === undefined) {
  console.error('Usage: node search.js FOLDER THINGS');
  process.exit(2);
}

/** Where the things are in a clip, as tracks: each has a label and points with times. */
async function tracksIn(molmo, video) {
  for await (const event of molmo.ask({ video, prompt: `Track the ${things}.` }))
    if (event.type === 'done') return event.answer.tracks;
  return [];
}

const clips = (await readdir(folder)).filter((file) => /\.(mp4|m4v|mov|webm|mkv)$/i.test(file));
const molmo = await Molmo2.load({ model: 'shapes' });
let found = 0;
for (const clip of clips.toSorted()) {
  const tracks = await tracksIn(molmo, join(folder, clip));
  if (tracks.length > 0) found++;
  for (const { label, points } of tracks) {
    const [first, last] = [points[0], points.at(-1)];
    console.log(`${clip}: ${label} from ${first.timeSec.toFixed(1)} to ${last.timeSec.toFixed(1)} s`);
  }
}
console.log(`${found} of ${clips.length} clips`);
molmo.dispose();
