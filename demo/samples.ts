// Sample media with questions that the built-in model answers well.

export interface Sample {
  readonly name: string;
  /** Says what is seen, for people who do not see it. */
  readonly alt: string;
  /** Under `samples/`. */
  readonly files: readonly string[];
  /** Pictures that stand for the sample; the files themselves unless it is a video. */
  readonly thumbnails: readonly string[];
  readonly questions: readonly string[];
}

export const samples: readonly Sample[] = [
  {
    name: 'image-5-640x480',
    alt: 'Picture: a purple circle, a white and an orange cross',
    files: ['image-5-640x480.png'],
    thumbnails: ['image-5-640x480.png'],
    questions: [
      'Point to the purple circles.',
      'How many orange objects are there?',
      'Is there a white cross?',
    ],
  },
  {
    name: 'clip-4-640x360',
    alt: 'Video: a yellow triangle moves down, a red star moves up',
    files: ['clip-4-640x360.mp4'],
    thumbnails: ['clip-4-640x360.png'],
    questions: [
      'Track the triangles.',
      'How many yellow triangles appear in the video?',
      'Which way does the yellow object move?',
    ],
  },
  {
    name: 'image-8-500x640',
    alt: 'Picture: circles, a square and a triangle in red and green',
    files: ['image-8-500x640.png'],
    thumbnails: ['image-8-500x640.png'],
    questions: ['Find the green circles.', 'Is there a green circle?', 'Point to all orange circles.'],
  },
  {
    name: 'clip-1-320x240',
    alt: 'Video: a yellow star moves to the left',
    files: ['clip-1-320x240.mp4'],
    thumbnails: ['clip-1-320x240.png'],
    questions: ['Follow the yellow star through the video.', 'In which direction does the yellow star move?'],
  },
  {
    name: 'image-7-700x300',
    alt: 'Picture: a wide one with a white cross',
    files: ['image-7-700x300.png'],
    thumbnails: ['image-7-700x300.png'],
    questions: ['Point to all white crosses.', 'Count the white crosses.', 'Show me the green star.'],
  },
  {
    name: 'multi-2',
    alt: 'Two pictures with orange shapes',
    files: ['multi-2-1.png', 'multi-2-2.png'],
    thumbnails: ['multi-2-1.png', 'multi-2-2.png'],
    questions: ['Point at every orange object.', 'Count the number of orange triangles in the image.'],
  },
];

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
      return new File([blob], name, { type: name.endsWith('.png') ? 'image/png' : 'video/mp4' });
    }),
  );
}
