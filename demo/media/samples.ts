// Sample media with questions that the built-in model answers well.

import chosen from '../samples.json' with { type: 'json' };

export interface Sample {
  readonly name: string;
  /** Says what is seen, for people who do not see it. */
  readonly alt: string;
  /** Under `samples/`. */
  readonly files: readonly string[];
  /** Small pictures that stand for the sample. */
  readonly thumbnails: readonly string[];
  /** With the answers that PyTorch gives with the same weights. */
  readonly questions: readonly { readonly question: string; readonly answer: string }[];
}

/** Chosen from the samples of the model's tests when these are replaced (scripts/demo-samples.ts). */
export const samples: readonly Sample[] = chosen;

const mediaTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
};

function sampleUrl(file: string): URL {
  return new URL(`samples/${file}`, document.baseURI);
}

export function thumbnailUrls(sample: Sample): readonly string[] {
  return sample.thumbnails.map((file) => sampleUrl(file).href);
}

/** The sample's media as files, as if the visitor had chosen them. */
export function fetchSample(sample: Sample): Promise<File[]> {
  return Promise.all(
    sample.files.map(async (name) => {
      const response = await fetch(sampleUrl(name));
      if (!response.ok) throw new Error(`The sample ${name} could not be read: status ${response.status}.`);
      const blob = await response.blob();
      return new File([blob], name, { type: mediaTypes[name.slice(name.lastIndexOf('.'))] ?? blob.type });
    }),
  );
}
