// The page that is built and visited in every way: it asks about sample.png and shows what it is told.

export const askingHtml = (script: string): string =>
  `<!doctype html><title>asking</title><script type="module" src="${script}"></script>`;

/** `door` and `overlay` are what the page imports: names of the package, or addresses of its files. */
export function askingScript(
  question: string,
  door = 'molmo2-webgpu',
  overlay = 'molmo2-webgpu/overlay',
): string {
  return `import { Molmo2 } from '${door}';
import '${overlay}';
const image = await (await fetch(new URL('./sample.png', import.meta.url))).blob();
try {
  const overlay = document.body.appendChild(document.createElement('molmo-overlay'));
  const molmo = await Molmo2.load({ model: 'shapes' });
  let text = '';
  for await (const event of molmo.chat().ask({ image, prompt: ${JSON.stringify(question)} })) {
    overlay.handle(event);
    if (event.type === 'text') text += event.text;
  }
  // Comes from a file of its own.
  const { verdict } = await Molmo2.plan({ model: 'shapes' });
  document.body.textContent = verdict === 'fits' ? text : verdict;
} catch (error) {
  document.body.textContent = String(error);
}
document.title = 'done';
`;
}
