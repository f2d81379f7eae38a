import 'molmo2-webgpu/overlay';
import { useEffect, useState, type FormEvent } from 'react';
import { useAnswer } from './use-answer.ts';
import { useMolmo } from './use-molmo.ts';

/** An address for a file, as long as the component shows it. */
function useAddress(file: File | undefined) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!file) return;
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return address;
}

export function App() {
  const { molmo, progress, error } = useMolmo('shapes');
  const { ask, text, overlay } = useAnswer(molmo);
  const [file, setFile] = useState<File>();
  const [prompt, setPrompt] = useState('');
  const address = useAddress(file);
  const isVideo = file?.type.startsWith('video/');

  function submit(event: FormEvent) {
    event.preventDefault();
    void ask(isVideo ? { video: file, prompt } : { image: file, prompt });
  }

  if (error) return <p role="alert">{String(error)}</p>;
  return (
    <main>
      <form onSubmit={submit}>
        <input
          type="file"
          accept="image/*,video/*"
          required
          onChange={({ target }) => setFile(target.files?.[0])}
        />
        <input
          name="prompt"
          placeholder="Point to the red stars."
          required
          value={prompt}
          onChange={({ target }) => setPrompt(target.value)}
        />
        <button disabled={!molmo}>Ask</button>
      </form>
      {!molmo && (
        <progress value={progress?.done} max={progress?.total ?? undefined}>
          The model is loading.
        </progress>
      )}
      <p>
        <output>{text}</output>
      </p>
      <molmo-overlay ref={overlay}>
        {isVideo ? <video src={address} controls /> : <img src={address} alt="" />}
      </molmo-overlay>
    </main>
  );
}
