import { Molmo2, type Progress } from 'molmo2-webgpu';
import { useEffect, useState } from 'react';

/** Loads a model for as long as the component is shown. */
export function useMolmo(model: string) {
  const [molmo, setMolmo] = useState<Molmo2>();
  const [progress, setProgress] = useState<Progress>();
  const [error, setError] = useState<unknown>();

  useEffect(() => {
    const leaving = new AbortController();
    const loading = Molmo2.load({ model, signal: leaving.signal, onProgress: setProgress });
    loading.then(setMolmo, (reason: unknown) => leaving.signal.aborted || setError(reason));
    return () => {
      leaving.abort();
      loading.then((loaded) => loaded.dispose()).catch(() => {});
    };
  }, [model]);

  return { molmo, progress, error };
}
