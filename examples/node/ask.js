import process from 'node:process';
import { Molmo2 } from 'molmo2-webgpu';

const [image, prompt] = process.argv.slice(2);
if (prompt === undefined) {
  console.error('Usage: node ask.js PICTURE QUESTION');
  process.exit(2);
}

const molmo = await Molmo2.load({ model: 'shapes' });
for await (const event of molmo.ask({ image, prompt })) {
  if (event.type === 'text') process.stdout.write(event.text);
  if (event.type === 'done') {
    console.log();
    for (const { label, x, y } of event.answer.points)
      console.log(`${label} at ${x.toFixed()}, ${y.toFixed()}`);
  }
}
molmo.dispose();
