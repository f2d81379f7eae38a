'use client';

import { Molmo2 } from 'molmo2-webgpu';
import 'molmo2-webgpu/overlay';
import { useEffect, useRef, useState } from 'react';

export function Ask() {
  const [molmo, setMolmo] = useState(null);
  const [picture, setPicture] = useState(null);
  const [text, setText] = useState('');
  const overlay = useRef(null);

  useEffect(() => {
    const leaving = new AbortController();
    const loading = Molmo2.load({ model: 'shapes', signal: leaving.signal });
    loading.then(setMolmo, (error) => leaving.signal.aborted || setText(error.message));
    return () => {
      leaving.abort();
      loading.then((loaded) => loaded.dispose()).catch(() => {});
    };
  }, []);

  function choose({ target }) {
    const [file] = target.files;
    if (picture) URL.revokeObjectURL(picture.address);
    setPicture(file ? { file, address: URL.createObjectURL(file) } : null);
  }

  async function ask(event) {
    event.preventDefault();
    const prompt = new FormData(event.currentTarget).get('prompt');
    setText('');
    overlay.current.clear();
    try {
      for await (const step of molmo.ask({ image: picture.file, prompt })) {
        overlay.current.handle(step);
        if (step.type === 'text') setText((before) => before + step.text);
      }
    } catch (error) {
      setText(error.message);
    }
  }

  return (
    <>
      <form onSubmit={ask}>
        <input type="file" accept="image/*" required onChange={choose} />
        <input name="prompt" placeholder="Point to the red stars." required />
        <button disabled={!molmo}>Ask</button>
      </form>
      <p>
        <output>{text}</output>
      </p>
      <molmo-overlay ref={overlay}>{picture && <img src={picture.address} alt="" />}</molmo-overlay>
    </>
  );
}
