import { Molmo2 } from 'molmo2-webgpu';
import 'molmo2-webgpu/overlay';

const form = document.querySelector('form');
const button = document.querySelector('button');
const output = document.querySelector('output');
const overlay = document.querySelector('molmo-overlay');

/** Shows the chosen picture or video under the overlay. */
function show(file) {
  const isVideo = file.type.startsWith('video/');
  const media = document.createElement(isVideo ? 'video' : 'img');
  if (isVideo) media.controls = true;
  media.src = URL.createObjectURL(file);
  overlay.clear();
  overlay.replaceChildren(media);
}

/** What a question shows the model: a picture or a video. */
const mediaOf = (file) => (file.type.startsWith('video/') ? { video: file } : { image: file });

async function ask(chat) {
  const { file } = form.elements;
  button.disabled = true;
  output.textContent = '';
  overlay.clear();
  try {
    const question = { ...mediaOf(file.files[0]), prompt: form.elements.prompt.value };
    for await (const event of chat.ask(question)) {
      overlay.handle(event);
      if (event.type === 'text') output.textContent += event.text;
    }
  } catch (error) {
    output.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

form.elements.file.addEventListener('change', ({ target }) => target.files[0] && show(target.files[0]));

try {
  const molmo = await Molmo2.load({ model: 'shapes' });
  const chat = molmo.chat(); // further questions about the same file cost their own words only
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void ask(chat);
  });
  output.textContent = 'Choose a picture or a video, and ask.';
  button.disabled = false;
} catch (error) {
  output.textContent = error.message; // says what is missing here, and what to do
}
