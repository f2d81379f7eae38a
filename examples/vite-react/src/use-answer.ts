import type { AskInput, Molmo2 } from 'molmo2-webgpu';
import type { MolmoOverlay } from 'molmo2-webgpu/overlay';
import { useEffect, useRef, useState } from 'react';

/** Asks, and keeps the text as it is written; `overlay` is for the element that draws the answer. */
export function useAnswer(molmo?: Molmo2) {
  const overlay = useRef<MolmoOverlay>(null);
  const asking = useRef<AbortController>(undefined);
  const [text, setText] = useState('');
  useEffect(() => () => asking.current?.abort(), []);

  async function ask(question: AskInput) {
    asking.current?.abort();
    const { signal } = (asking.current = new AbortController());
    setText('');
    overlay.current?.clear();
    try {
      for await (const event of molmo?.ask(question, { signal }) ?? []) {
        overlay.current?.handle(event);
        if (event.type === 'text') setText((before) => before + event.text);
      }
    } catch (error) {
      if (!signal.aborted) setText(String(error));
    }
  }

  return { ask, text, overlay };
}
