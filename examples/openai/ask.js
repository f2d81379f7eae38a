import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { Molmo2 } from 'molmo2-webgpu';
import { createOpenAI } from 'molmo2-webgpu/openai';
import OpenAI from 'openai';

const [picture, text] = process.argv.slice(2);
if (text === undefined) {
  console.error('Usage: node ask.js PICTURE QUESTION');
  process.exit(2);
}

const molmo = await Molmo2.load({ model: 'shapes' });
const client = new OpenAI({
  fetch: createOpenAI(molmo).fetch, // answers here; no request leaves the machine
  baseURL: 'http://localhost/v1', // never asked
  apiKey: 'none',
});

const url = `data:image/png;base64,${await readFile(picture, 'base64')}`;
const stream = await client.chat.completions.create({
  model: molmo.info.model,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url } },
        { type: 'text', text },
      ],
    },
  ],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
console.log();
molmo.dispose();
